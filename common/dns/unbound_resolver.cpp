#include "common/dns/unbound_resolver.h"

#include "common/base/text.h"
#include "common/event/loop.h"

#include <unbound.h>

#include <unbound-event.h>

#include <array>

namespace gp::dns {
namespace {

// One question. Shared by the fiber that waits for the answer and the callback that asks.
struct Question {
    event::Notice notice;
    int id = 0;
    bool abandoned = false;
    int failed = 0; // libunbound's error number: it could not be asked
    int rcode = 0;
    int security = 0; // 0 insecure, 1 bogus, 2 secure
    std::string packet;
    std::string why_bogus;
};

void answered(void* data, int rcode, void* packet, int length, int security, char* why_bogus, int)
{
    auto& question = *static_cast<Question*>(data);
    question.rcode = rcode;
    question.security = security;
    if (packet && length > 0)
        question.packet.assign(static_cast<const char*>(packet), static_cast<std::size_t>(length));
    if (why_bogus)
        question.why_bogus = why_bogus;
    question.notice.notify();
}

Status set(ub_ctx* context, const char* option, const char* value)
{
    if (const int failed = ::ub_ctx_set_option(context, option, value))
        return misconfigured(std::string("libunbound: ") + option + " " + value + ": " + ::ub_strerror(failed));
    return {};
}

Status configure(ub_ctx* context, const ResolverSettings& settings)
{
    const std::string cache = std::to_string(settings.cache_octets);
    const std::array<std::pair<const char*, const char*>, 8> options = {{
        {"do-not-query-localhost:", "no"},
        {"msg-cache-size:", cache.c_str()},
        {"rrset-cache-size:", cache.c_str()},
        {"use-syslog:", "no"},
        {"verbosity:", "0"},
        {"outgoing-range:", "512"},
        {"num-queries-per-thread:", "1024"},
        {"val-log-level:", "0"},
    }};
    for (const auto& [option, value] : options)
        TRY(set(context, option, value));
    for (const auto& server : settings.servers) {
        const auto address = net::SocketAddress::parse(server, 53);
        if (!address || address->is_unix())
            return misconfigured("dns_servers: \"" + escape(server) + "\" is not an address with an optional port");
        const std::string text = address->address().text() + "@" + std::to_string(address->port());
        if (const int failed = ::ub_ctx_set_fwd(context, text.c_str()))
            return misconfigured("libunbound: forwarder " + text + ": " + ::ub_strerror(failed));
    }
    for (const auto line : split(settings.trust_anchor, '\n')) {
        const auto anchor = trim(line.substr(0, line.find(';')));
        if (anchor.empty())
            continue;
        if (const int failed = ::ub_ctx_add_ta(context, std::string(anchor).c_str()))
            return misconfigured(std::string("DNSSEC trust anchor: ") + ::ub_strerror(failed));
    }
    return {};
}

}

Result<std::unique_ptr<UnboundResolver>> UnboundResolver::make(const ResolverSettings& settings,
                                                               const AnswerLimits& limits)
{
    ub_ctx* context = ::ub_ctx_create_event(event::Loop::current().base());
    if (!context)
        return temporary("libunbound has no memory");
    std::unique_ptr<UnboundResolver> made(new UnboundResolver(context, limits));
    TRY(configure(context, settings));
    return made;
}

UnboundResolver::~UnboundResolver()
{
    ::ub_ctx_delete(context_);
}

Result<Answer> UnboundResolver::lookup(std::string_view name, Type type, event::Deadline until)
{
    const std::string asked = normal_name(name);
    Answer nothing;
    nothing.name = nothing.canonical = asked;
    nothing.type = type;
    if (asked.empty() || !encode_name(asked))
        return nothing;
    // libunbound puts more on the stack than a fiber has, so it is called from the loop.
    const auto shared = std::make_shared<Question>();
    auto& question = *shared;
    event::Loop::current().defer([context = context_, shared, asked, type] {
        if (shared->abandoned)
            return;
        shared->failed = ::ub_resolve_event(context, asked.c_str(), static_cast<int>(type), 1, shared.get(), &answered,
                                            &shared->id);
        if (shared->failed)
            shared->notice.notify();
    });
    if (!question.notice.wait(until)) {
        question.abandoned = true;
        if (question.id != 0)
            ::ub_cancel(context_, question.id); // from here on libunbound forgets the question
        return temporary("DNS look-up of " + escape(asked) + " (" + type_name(type) + ") timed out", Cause::timeout);
    }
    if (question.failed)
        return temporary("DNS look-up of " + escape(asked) + ": " + ::ub_strerror(question.failed));
    const std::string what = "DNS look-up of " + escape(asked) + " (" + type_name(type) + "): ";
    if (question.security == 1)
        return temporary(what + "the signature is bogus: " + escape(question.why_bogus.substr(0, 200)));
    if (question.packet.empty())
        return temporary(what + "server failure");
    if (question.packet.size() > limits_.octets)
        return temporary(what + "the answer is too large", Cause::too_big);
    auto answer = TRY(answer_of(TRY(read_packet(question.packet, limits_.records)), asked, type, limits_));
    answer.secure = question.security == 2;
    return answer;
}

}
