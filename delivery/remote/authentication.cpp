// AUTH as a client: RFC 4954 section 4, hosts_try_auth and hosts_require_auth of manual 30.4. What is said comes from
// router, which has the authenticators and their secrets.

#include "common/base/text.h"
#include "common/log/log.h"
#include "delivery/remote/client_session.h"
#include "router/login_protocol.h"

namespace gp::remote {
namespace {

constexpr int most_steps = 20; // of one exchange

// An authenticator that cannot say its part now (a look-up is deferred, say): the host is left, and asked again later.
Trouble not_said(const std::string& why)
{
    return {.fault = Fault::host,
            .connection_lost = true,
            .leaves_politely = true,
            .text = why,
            .error_name = "auth_failed",
            .error_number = error_auth_problem};
}

}

ClientSession::Progress ClientSession::authenticate(const Conditions& conditions)
{
    const auto match = [&](std::string_view option, const std::string& list) {
        return conditions.lists.match(option, list, host_.host_name, host_.address);
    };
    const auto required = match("hosts_require_auth", conditions.options.hosts_require_auth);
    const auto tried = match("hosts_try_auth", conditions.options.hosts_try_auth);
    if (!required || !tried)
        return Failed{Trouble{.fault = Fault::ours,
                              .connection_lost = true,
                              .text = !required ? required.error().text : tried.error().text,
                              .error_number = -1}};
    if (!*required && !*tried)
        return std::nullopt;
    std::string why = "server did not advertise AUTH support";
    bool attempted = false;
    if (!offered_.auth.empty()) {
        why = "no common mechanisms were found";
        std::uint32_t next = 0;
        do {
            attempted = false;
            if (auto failed = log_in(conditions, next, attempted))
                return failed;
            if (attempted)
                why = "authentication attempt(s) failed";
        } while (attempted && authenticated_as_.empty());
    }
    if (!authenticated_as_.empty() || !*required)
        return std::nullopt;
    if (auto trouble = catch_up(conditions)) // a host is not blamed for what it said another time
        return Failed{std::move(*trouble)};
    return Failed{Trouble{.fault = Fault::host,
                          .text = "authentication required but " + why,
                          .error_name = "auth_failed",
                          .error_number = error_auth_failed}};
}

// One exchange with the next authenticator that fits; none of them left: `attempted` stays false.
ClientSession::Progress ClientSession::log_in(const Conditions& conditions, std::uint32_t& next, bool& attempted)
{
    using Kind = router::LoginReply::Kind;
    const auto where = " H=" + host_.host_name + " [" + host_.address.text() + "] ";
    router::Login question;
    question.offered = offered_.auth;
    question.message_id = conditions.message_id;
    question.facts = facts();
    question.from = next;
    for (auto& one : wire_.channel_bindings())
        question.bindings.push_back({std::move(one.type), std::move(one.data)});
    const auto ask_router = [&]() -> Result<router::LoginReply> {
        return conditions.login ? conditions.login(question) : Result<router::LoginReply>{temporary("router is not there")};
    };
    auto say = ask_router();
    if (!say)
        return Failed{Trouble{.fault = Fault::ours, .connection_lost = true, .text = say.error().text, .error_number = -1}};
    if (say->kind == Kind::none)
        return std::nullopt;
    attempted = true;
    next = say->next;
    const auto name = say->authenticator;
    std::string identity;
    const auto note_identity = [&] {
        if (identity.empty() || !say->set_id.empty())
            identity = name + (say->set_id.empty() ? "" : ":" + say->set_id);
    };
    note_identity();
    std::string line = "AUTH " + say->mechanism;
    if (say->has_data) // an empty initial response is "=": RFC 4954 section 4
        line += " " + (say->data.empty() ? "=" : say->data);
    // Of what is a secret, errors tell the length alone.
    std::string shown = "AUTH " + say->mechanism + (say->has_data ? " " + std::string(std::max<std::size_t>(1, say->data.size()), '*') : "");
    bool is_cancelled = false;
    for (int step = 0; step < most_steps; ++step) {
        if (say->kind == Kind::fail)
            return Failed{not_said(say->why)};
        if (say->kind != Kind::send) {
            if (!say->why.empty())
                log::main(conditions.message_id + " " + name + " authenticator cancelled authentication" + where + say->why);
            if (step == 0)
                return std::nullopt; // nothing was said yet
            line = "*";
            is_cancelled = true;
        }
        if (line.empty()) // an empty answer is a line all the same
            (void)!wire_.write("\r\n", wait_for(Step::auth, conditions.options, conditions.until));
        auto answer = ask(conditions, place(Step::auth, shown), line); // errors must not tell the line
        if (auto* trouble = std::get_if<Trouble>(&answer))
            return Failed{std::move(*trouble)};
        const auto& reply = std::get<ServerReply>(answer);
        if (reply.kind() == '3' && !is_cancelled) {
            question.exchange = say->exchange;
            question.bindings.clear(); // the exchange has them
            question.challenge = reply.lines.empty() ? std::string{} : reply.lines.front();
            say = ask_router();
            if (!say)
                return Failed{Trouble{.fault = Fault::ours, .connection_lost = true, .text = say.error().text, .error_number = -1}};
            line = say->data;
            shown = std::string(line.size(), '*');
            note_identity();
            continue;
        }
        if (conditions.event && !is_cancelled && reply.kind() > '3')
            (void)conditions.event("auth:fail", reply.text("\n"), facts());
        if (reply.kind() == '2' && !is_cancelled && say->is_convinced) {
            authenticated_as_ = identity;
            return std::nullopt;
        }
        if (reply.kind() == '2' && !is_cancelled)
            return Failed{Trouble{.fault = Fault::host,
                                  .connection_lost = true,
                                  .text = name + " authenticator: the server did not prove that it knows the password",
                                  .error_name = "auth_failed",
                                  .error_number = error_auth_failed}};
        if (reply.kind() != '5' && !is_cancelled)
            return Failed{refused(place(Step::auth, shown), reply)};
        if (!is_cancelled)
            log::main(conditions.message_id + " " + name + " authenticator failed" + where + reply.text("\\n"));
        return std::nullopt;
    }
    return Failed{Trouble{.fault = Fault::host, .connection_lost = true, .text = "the AUTH exchange does not end",
                          .error_name = "auth_failed", .error_number = error_auth_failed}};
}

}
