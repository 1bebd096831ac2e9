// SASL mechanisms (RFC 4422; manual chapters 33 to 41): one file each in mechanisms/, both sides in it, which
// registers itself under the name of Exim's authenticator driver.
//
// Used by router alone: what is expanded, looked up and compared stays there. smtpd and remote carry octets to
// and fro and never see a secret that is configured.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/config/param.h"
#include "common/expand/expand.h"

namespace gp::auth {

class Library; // library.h

// What a server does next.
struct Move {
    enum class Kind {
        challenge,  // `text` goes to the client
        accepted,
        rejected,   // wrong credentials
        deferred,   // cannot be told now; `text` is why, for the client and the log
        cancelled,  // the client gave up
        malformed,  // not base64, or nothing that the mechanism knows
        unexpected, // initial data where the mechanism wants none
    };
    Kind kind = Kind::rejected;
    std::string text; // octets
    bool in_clear = false; // a challenge that is a text for people, and not base64
    bool is_told = false;  // the client hears why it is deferred, and not the log alone
    static Move told(std::string words) { return {Kind::challenge, std::move(words), true}; }
    static Move challenge(std::string octets) { return {Kind::challenge, std::move(octets)}; }
    static Move accepted() { return {Kind::accepted, {}}; }
    static Move rejected(std::string why = {}) { return {Kind::rejected, std::move(why)}; } // for the log
    static Move deferred(std::string why) { return {Kind::deferred, std::move(why)}; }
    static Move deferred_openly(std::string why) { return {Kind::deferred, std::move(why), false, true}; }
    bool ends() const { return kind != Kind::challenge; }
};

// $auth1 … and $1 … of one exchange, and what the options of the exchange are expanded in.
class Credentials {
public:
    static constexpr std::size_t most = 4; // $auth4; more pieces are $5 …
    void clear() { values_.clear(); }
    void add(std::string value);
    void set(std::size_t number, std::string value); // from 1
    std::size_t count() const { return values_.size(); }
    const std::string& at(std::size_t number) const; // empty when there is none
    void show(expand::Scene& scene) const;

private:
    std::vector<std::string> values_;
};

// Whether an authenticator ties its exchanges to the TLS connection (RFC 5056): then a login cannot be passed on by
// somebody who sits in between. The bound form of a mechanism has "-PLUS" behind its name (RFC 5801 section 4).
enum class Binding { never, if_possible, always };

// The channel of one exchange. Both sides start from what was seen of it, before begin().
struct Channel {
    struct Name {
        std::string type, data; // "tls-exporter" and its octets
    };
    std::vector<Name> names;       // what is usual first; none without TLS
    bool is_bound = false;         // the exchange is the -PLUS form
    bool server_can_bind = false;  // the server has offered that form of the mechanism
};

// One AUTH command as the server sees it. Lives in one router process as long as the exchange.
class ServerExchange {
public:
    virtual ~ServerExchange() = default;
    virtual Move begin(expand::Scene& scene, const std::optional<std::string>& initial) = 0;
    virtual Move answer(expand::Scene& scene, std::string_view response) = 0;
    // Whether AUTH may bring the first answer along.
    virtual bool takes_initial_data() const { return true; }
    // Whether "*" and what is no base64 have replies of their own (501); else they are answers, and wrong ones.
    virtual bool knows_of_cancelling() const { return true; }
    // For server_set_id and the log.
    const Credentials& credentials() const { return credentials_; }
    void set_channel(Channel channel) { channel_ = std::move(channel); }
    // Before begin(): for a driver that leaves the judgement to a library. Null: nobody can start its process.
    void judge_with(Library* library) { library_ = library; }

protected:
    Credentials credentials_;
    Channel channel_;
    Library* library_ = nullptr;
};

// What a client does next.
struct ClientMove {
    enum class Kind { send, cancel, fail } kind = Kind::send;
    std::optional<std::string> octets; // of send: absent is AUTH without initial data
    std::string why;                   // for the log; of cancel: empty when the administrator wanted it so (forced failure)
    static ClientMove send(std::optional<std::string> data) { return {Kind::send, std::move(data), {}}; }
    static ClientMove cancel(std::string reason) { return {Kind::cancel, {}, std::move(reason)}; }
    std::string what = {};             // of fail: what went wrong in which text, where it was an option's
    static ClientMove fail(std::string reason, std::string what = {}) { return {Kind::fail, {}, std::move(reason), std::move(what)}; }
};

class ClientExchange {
public:
    virtual ~ClientExchange() = default;
    virtual ClientMove begin(expand::Scene& scene) = 0;
    virtual ClientMove answer(expand::Scene& scene, std::string_view challenge) = 0;
    // The server has said 235. False when it could not prove that it knows the secret too.
    virtual bool is_convinced() const { return true; }
    // The next challenge carries nothing: it need not be base64.
    virtual bool takes_any_words() const { return false; }
    void set_channel(Channel channel) { channel_ = std::move(channel); }
    // For client_set_id, once the server is convinced; empty where a mechanism has none.
    const Credentials& credentials() const { return credentials_; }

protected:
    Channel channel_;
    Credentials credentials_;
};

// One authenticator of the configuration. Shared by all exchanges; they may not outlive it.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    virtual std::unique_ptr<ServerExchange> serve() const { return nullptr; } // null: no server
    virtual std::unique_ptr<ClientExchange> speak() const { return nullptr; } // null: no client
    virtual Binding server_binding() const { return Binding::never; }
    virtual Binding client_binding() const { return Binding::never; }
};

struct Setup {
    const expand::Language& language;
    const config::Settings& settings;
    std::string public_name; // upper case
    // The option's text as a tree; an option that is not set expands to nothing.
    Result<expand::Expression> text(std::string_view option) const;
    bool is_set(std::string_view option) const { return settings.is_set(option); }
};

struct Mechanism {
    std::string_view name; // "plaintext"
    Result<std::unique_ptr<Authenticator>> (*make)(const Setup& setup) = nullptr;
    std::string_view doc;
};
using RegisterMechanism = Registry<Mechanism>::Entry;

// Makes the two sides of a driver: most mechanisms are two structs of options and an exchange for each.
template <class Server, class Client>
class TwoSided final : public Authenticator {
public:
    using ServerOptions = typename Server::Options;
    using ClientOptions = typename Client::Options;
    std::optional<ServerOptions> server;
    std::optional<ClientOptions> client;
    std::unique_ptr<ServerExchange> serve() const override
    {
        return server ? std::make_unique<Server>(*server) : nullptr;
    }
    std::unique_ptr<ClientExchange> speak() const override
    {
        return client ? std::make_unique<Client>(*client) : nullptr;
    }
};

// The meaning of server_condition (manual 33.1): yes, no, or a text that is the reason of a deferral.
Move judge(expand::Scene& scene, const Credentials& credentials, const expand::Expression& condition);
// Where a driver has checked a password itself, server_condition may still say no; unset it says yes.
Move judge_if_set(expand::Scene& scene, const Credentials& credentials, const std::optional<expand::Expression>& condition);
Result<std::optional<expand::Expression>> optional_text(const Setup& setup, std::string_view option);

// An option's value while an exchange runs: nothing on a forced failure.
struct Value {
    std::optional<std::string> text;
    std::optional<Move> instead; // of text: what the server does when there is none
};
Value value_of(expand::Scene& scene, const Credentials& credentials, const expand::Expression& text);

// A client's option, and where its value goes.
struct Wanted {
    const expand::Expression& text;
    std::string& into;
};
// A client's option does not expand.
ClientMove failed_expansion(const expand::Expression& text, const Error& error);

// Nothing when all are there; else what the client does instead (manual 33.2).
std::optional<ClientMove> expand_all(expand::Scene& scene, std::initializer_list<Wanted> wanted);

// "a NUL b NUL c"
std::vector<std::string> pieces_of(std::string_view octets);

}
