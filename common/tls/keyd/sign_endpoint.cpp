#include "common/tls/keyd/sign_endpoint.h"

#include "common/log/log.h"

namespace gp::keyd {

bool SignEndpoint::may(ipc::Channel& from)
{
    auto& second = spent_[from.id()];
    const auto now = std::chrono::steady_clock::now();
    if (now - second.begin >= std::chrono::seconds{1})
        second = {.begin = now};
    if (++second.count <= per_second_)
        return true;
    if (!std::exchange(second.told, true))
        log::warning(from.name() + " asks for more than " + std::to_string(per_second_) + " signatures a second");
    return false;
}

// remote serves no TLS, and what it does not need it does not get. Each pool has keys of its own: whoever takes over one that
// speaks with strangers reads no session of another that takes submissions.
Result<TicketKeysReply> SignEndpoint::answer(const AskTicketKeys&, ipc::Channel& from)
{
    if (!may(from))
        return temporary("too many questions a second", Cause::refused);
    if (!from.name().starts_with("smtpd")) {
        log::warning("refused the keys of session tickets to " + from.name());
        return permanent("the keys of session tickets are for smtpd", Cause::refused);
    }
    return tickets_.keys(from.name().substr(0, from.name().find('/')));
}

Result<SignReply> SignEndpoint::answer(const Sign& request, ipc::Channel& from)
{
    if (!may(from))
        return temporary("too many signatures a second", Cause::refused);
    auto signature = ring_.sign(request);
    if (!signature) {
        // An honest libssl asks for nothing that we refuse: this is worth an administrator's attention.
        log::warning("refused to sign for " + from.name() + ": " + signature.error().text);
        return std::move(signature).error();
    }
    return SignReply{std::move(*signature)};
}

}
