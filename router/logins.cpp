#include "router/logins.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

using auth::Move;

// server_set_id, expanded whatever came of the exchange: the log names who failed, too.
std::string set_id(const Authenticator& by, const auth::Credentials& credentials, expand::Scene& scene)
{
    if (by.set_id.empty())
        return {};
    credentials.show(scene);
    auto words = by.set_id.expand(scene);
    if (!words && words.error().cause != Cause::forced_fail)
        log::panic("authenticator " + by.name + ": server_set_id: " + words.error().text);
    return words ? std::move(words->text) : std::string{};
}

struct Words {
    std::uint32_t code;
    std::string_view enhanced;
    std::string_view text;
};

// RFC 4954 section 6, with Exim's texts.
Words words_for(Move::Kind kind)
{
    switch (kind) {
    case Move::Kind::accepted: return {235, "2.7.0", "Authentication succeeded"};
    case Move::Kind::deferred: return {435, "4.7.0", "Unable to authenticate at present"};
    case Move::Kind::malformed: return {501, "5.5.2", "Invalid base64 data"};
    case Move::Kind::cancelled: return {501, "5.7.0", "Authentication cancelled"};
    case Move::Kind::unexpected: return {553, "5.5.4", "Initial data not expected"};
    default: return {535, "5.7.8", "Incorrect authentication data"};
    }
}

}

namespace {

std::vector<auth::Channel::Name> names_of(const std::vector<Option>& bindings)
{
    std::vector<auth::Channel::Name> names;
    for (const auto& one : bindings)
        names.push_back({one.name, one.value});
    return names;
}

}

// Null: nobody serves that mechanism here.
std::unique_ptr<auth::ServerExchange> Logins::begin_exchange(const Auth& question, expand::Scene& scene, const Authenticator*& by) const
{
    const bool can_bind = !question.bindings.empty();
    const auto server = authenticators_.server_for(question.mechanism, scene, can_bind);
    by = server.by;
    if (!by)
        return nullptr;
    auto exchange = by->sides->serve();
    exchange->judge_with(world_.library());
    if (!can_bind)
        return exchange;
    auth::Channel channel{.names = names_of(question.bindings), .is_bound = server.is_bound};
    channel.server_can_bind = std::ranges::count(authenticators_.offered(scene, can_bind), by->public_name + "-PLUS") > 0;
    exchange->set_channel(std::move(channel));
    return exchange;
}

AuthReply Logins::answer(const Auth& question)
{
    MessageScene message{world_, question.origin, question.state.variables, {}};
    auto& scene = message.scene();
    AuthReply reply;
    const Authenticator* by = nullptr;
    std::unique_ptr<auth::ServerExchange> exchange;
    if (question.exchange == 0) {
        exchange = begin_exchange(question, scene, by);
        if (!exchange) {
            reply.code = 504;
            reply.enhanced = "5.5.4";
            reply.text = question.mechanism + " authentication mechanism not supported";
            return reply;
        }
    } else {
        auto entry = servers_.take(question.exchange);
        if (!entry.exchange) {
            reply.code = 435;
            reply.enhanced = "4.7.0";
            reply.text = "Unable to authenticate at present";
            reply.log_text = "the exchange was forgotten";
            return reply;
        }
        by = entry.authenticator;
        exchange = std::move(entry.exchange);
    }

    Move move;
    std::optional<std::string> octets;
    if (question.has_data && question.data == "*" && question.exchange != 0) {
        move.kind = Move::Kind::cancelled; // RFC 4954 section 4
    } else {
        if (question.has_data) {
            // "=" at first is an empty answer: RFC 4954 section 4.
            const bool is_empty = question.exchange == 0 && question.data == "=";
            auto decoded = base64_decode(is_empty ? "" : question.data);
            if (decoded && (is_empty || question.data.size() % 4 == 0)) // RFC 4648 section 3.2: padded
                octets = std::move(*decoded);
        }
        if (question.has_data && !octets)
            move.kind = question.exchange == 0 && !exchange->takes_initial_data() ? Move::Kind::unexpected : Move::Kind::malformed;
        else
            move = question.exchange == 0 ? exchange->begin(scene, octets) : exchange->answer(scene, octets.value_or(""));
    }
    if ((move.kind == Move::Kind::cancelled || move.kind == Move::Kind::malformed) && !exchange->knows_of_cancelling())
        move = Move::rejected();
    if (move.ends())
        return conclude(question, *by, *exchange, move, scene);
    reply.code = 334;
    reply.text = move.in_clear ? move.text : base64_encode(move.text);
    reply.exchange = servers_.keep(std::move(exchange), *by);
    return reply;
}

// A wrong password costs the client time, the more the more often.
std::uint32_t Logins::delay_after(std::uint32_t failures) const
{
    constexpr std::uint32_t longest = 30'000;
    const auto& parameters = world_.ground().parameters;
    if (parameters.test_habits)
        return 0;
    const std::uint64_t wait = std::uint64_t{parameters.auth_failure_delay} * 1000 << std::min(failures, 10u);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wait, longest));
}

AuthReply Logins::conclude(const Auth& question, const Authenticator& by, const auth::ServerExchange& exchange, const Move& move,
                           expand::Scene& scene) const
{
    const auto words = words_for(move.kind);
    AuthReply reply;
    reply.authenticator = by.name;
    reply.code = words.code;
    reply.enhanced = words.enhanced;
    reply.text = words.text;
    if (!by.debug_print.empty())
        if (auto text = by.debug_print.expand(scene))
            log::debug("auth", by.name + ": " + text->text);
    const bool has_answered = move.kind != Move::Kind::cancelled && move.kind != Move::Kind::malformed;
    auto id = has_answered ? set_id(by, exchange.credentials(), scene) : std::string{};
    if (move.kind == Move::Kind::accepted) {
        reply.is_accepted = true;
        reply.authenticated_id = std::move(id);
        return reply;
    }
    reply.failed_id = std::move(id);
    reply.is_failure = move.kind == Move::Kind::rejected;
    if (reply.is_failure)
        reply.delay_ms = delay_after(question.failures);
    reply.log_text = std::to_string(words.code) + " " + std::string(words.text);
    if (!reply.failed_id.empty())
        reply.log_text += " (set_id=" + escape(reply.failed_id, true) + ")";
    if ((move.kind == Move::Kind::deferred || reply.is_failure) && !move.text.empty())
        reply.log_text += ": " + move.text;
    if (move.is_told)
        reply.text += ": " + move.text;
    return reply;
}

TlsLogin login_by_tls(const Authenticators& authenticators, expand::Scene& scene)
{
    const auto* by = authenticators.for_tls();
    if (!by || !scene.origin || scene.origin->tls_cipher.empty() || !scene.origin->authenticator.empty())
        return {};
    const auto exchange = by->sides->serve();
    if (!exchange || exchange->begin(scene, {}).kind != Move::Kind::accepted)
        return {};
    return {by->name, set_id(*by, exchange->credentials(), scene)};
}

// --- we are the client ---

namespace {

LoginReply reply_of(const auth::ClientMove& move, const auth::ClientExchange& exchange, const std::string& name)
{
    using Kind = auth::ClientMove::Kind;
    LoginReply reply;
    reply.kind = move.kind == Kind::send     ? LoginReply::Kind::send
                 : move.kind == Kind::cancel ? LoginReply::Kind::cancel
                                             : LoginReply::Kind::fail;
    reply.has_data = move.octets.has_value();
    reply.data = base64_encode(move.octets.value_or(""));
    reply.why = move.kind != Kind::fail ? move.why
                : move.what.empty()     ? name + " authenticator: " + move.why
                                        : move.what + " in " + name + " authenticator: " + move.why;
    reply.is_convinced = exchange.is_convinced();
    return reply;
}

bool is_offered(const Login& question, std::string_view mechanism)
{
    return std::ranges::any_of(question.offered, [&](const std::string& name) { return same_nocase(name, mechanism); });
}

// The name of the form that this server and this connection allow; empty: none. RFC 5802 section 6: what can be bound is.
std::string mechanism_for(const Login& question, const Authenticator& one, auth::Channel& channel)
{
    channel.server_can_bind = is_offered(question, one.public_name + "-PLUS");
    channel.is_bound = !channel.names.empty() && !one.bound_client_name.empty() && is_offered(question, one.bound_client_name);
    if (channel.is_bound)
        return one.bound_client_name;
    return !one.must_bind_client && is_offered(question, one.public_name) ? one.public_name : std::string{};
}

}

// The next authenticator with a client's side whose mechanism the server offers and whose condition holds.
LoginReply Logins::begin_login(const Login& question, expand::Scene& scene)
{
    const auto all = authenticators_.all();
    for (std::size_t i = question.from; i < all.size(); ++i) {
        const auto& one = all[i];
        auth::Channel channel{.names = names_of(question.bindings)};
        const auto mechanism = one.has_client ? mechanism_for(question, one, channel) : std::string{};
        if (mechanism.empty())
            continue;
        if (one.client_condition) {
            const auto words = one.client_condition->expand(scene);
            if (!words || !expand::is_true(words->text))
                continue;
        }
        auto exchange = one.sides->speak();
        exchange->set_channel(std::move(channel));
        auto reply = reply_of(exchange->begin(scene), *exchange, one.name);
        reply.authenticator = one.name;
        reply.mechanism = mechanism;
        reply.next = static_cast<std::uint32_t>(i + 1);
        if (auto id = one.client_set_id.expand(scene))
            reply.set_id = std::move(id->text);
        if (reply.kind == LoginReply::Kind::send)
            reply.exchange = clients_.keep(std::move(exchange), one);
        return reply;
    }
    return {};
}

LoginReply Logins::answer(const Login& question)
{
    MessageScene message{world_, question.origin, question.variables,
                         {.id = question.message_id, .sender = question.sender}};
    auto& scene = message.scene();
    for (const auto& fact : question.facts)
        scene.facts.set(fact.name, Text::from(fact.value, "the remote host"));
    if (question.exchange == 0)
        return begin_login(question, scene);
    auto entry = clients_.take(question.exchange);
    LoginReply failed{.kind = LoginReply::Kind::fail};
    if (!entry.exchange) {
        failed.why = "the exchange was forgotten";
        return failed;
    }
    // What the server says need not be base64; RFC 4954 section 4 then wants the exchange cancelled, unless
    // the administrator knows of the server's habit (client_ignore_invalid_base64).
    auto challenge = base64_decode(question.challenge);
    if (!challenge) {
        const auto* driver = world_.configuration().authenticator(entry.authenticator->name);
        const bool ignores = driver && driver->settings.find("client_ignore_invalid_base64") &&
                             driver->settings.flag("client_ignore_invalid_base64");
        if (!ignores && !entry.exchange->takes_any_words())
            return {.kind = LoginReply::Kind::cancel, .why = "Invalid base64 string in server response \"334 " + escape(question.challenge) + "\""};
        challenge = std::string{};
    }
    auto reply = reply_of(entry.exchange->answer(scene, *challenge), *entry.exchange, entry.authenticator->name);
    reply.authenticator = entry.authenticator->name;
    // What an exchange has learnt on its way (manual 38, client_spassword).
    if (const auto& known = entry.exchange->credentials(); known.count() > 0 && reply.is_convinced) {
        known.show(scene);
        if (auto id = entry.authenticator->client_set_id.expand(scene))
            reply.set_id = std::move(id->text);
    }
    if (reply.kind == LoginReply::Kind::send)
        reply.exchange = clients_.keep(std::move(entry.exchange), *entry.authenticator);
    return reply;
}

}
