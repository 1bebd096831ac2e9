// cyrus_sasl: the Cyrus SASL library judges (manual chapter 36), in a process of its own for each login: its modules
// parse what strangers say, and read what only sasl_user may.

#include "common/auth/library.h"
#include "common/auth/mechanism.h"
#include "common/base/text.h"

namespace gp::auth {
namespace {

// What the modules of the library have, in Debian's packages libsasl2-modules*. Which of them are installed is known to
// the process that loads them.
constexpr std::string_view known[] = {
    "ANONYMOUS", "CRAM-MD5", "DIGEST-MD5", "EXTERNAL", "GS2-IAKERB", "GS2-KRB5", "GSS-SPNEGO", "GSSAPI", "LOGIN", "NTLM", "OTP",
    "PASSDSS-3DES-1", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-224", "SCRAM-SHA-256", "SCRAM-SHA-384", "SCRAM-SHA-512", "SRP",
};
constexpr std::size_t longest_answer = 16 * 1024; // of a client, decoded; smtpd's lines are shorter

struct Options {
    std::string mechanism, service, directory;
    expand::Expression hostname;
    std::optional<expand::Expression> realm, condition;
};

std::string with_port(const std::string& address, std::uint32_t port)
{
    return address.empty() ? address : address + ";" + std::to_string(port);
}

class Server final : public ServerExchange {
public:
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        if (!library_)
            return Move::deferred("Cyrus SASL cannot be asked here");
        const auto hostname = options_.hostname.expand(scene);
        if (!hostname)
            return Move::deferred("server_hostname: " + hostname.error().text);
        std::string realm;
        if (options_.realm) {
            auto expanded = options_.realm->expand(scene);
            if (!expanded)
                return Move::deferred("server_realm: " + expanded.error().text);
            realm = std::move(expanded->text);
        }
        auto talk = library_->start();
        if (!talk)
            return Move::deferred(talk.error().text);
        talk_ = std::move(talk).take();
        std::string local, remote;
        if (const auto* origin = scene.origin) {
            local = with_port(origin->interface_address, origin->interface_port);
            remote = with_port(origin->host_address, origin->host_port);
        }
        const auto told = talk_->say({"login", options_.mechanism, options_.service, hostname->text, realm, local, remote});
        if (!told)
            return Move::deferred(told.error().text);
        return initial ? ask(scene, {"begin", *initial}) : ask(scene, {"begin"});
    }
    Move answer(expand::Scene& scene, std::string_view response) override { return ask(scene, {"step", std::string(response)}); }

private:
    Move ask(expand::Scene& scene, const std::vector<std::string>& words)
    {
        if (words.size() > 1 && words[1].size() > longest_answer)
            return Move::rejected("an answer of " + std::to_string(words[1].size()) + " octets");
        if (const auto told = talk_->say(words); !told)
            return Move::deferred(told.error().text);
        auto heard = talk_->hear();
        if (!heard)
            return Move::deferred(heard.error().text);
        auto& reply = *heard;
        if (reply.size() == 2 && reply[0] == "challenge")
            return Move::challenge(std::move(reply[1]));
        talk_.reset(); // it has ended
        if (reply.size() != 3)
            return Move::deferred("the program sasl gave no answer");
        if (!reply[1].empty())
            credentials_.add(reply[1]);
        const auto why = reply[2].empty() ? reply[2] : options_.mechanism + ": " + escape(reply[2]);
        if (reply[0] == "accepted" && !reply[1].empty())
            return judge_if_set(scene, credentials_, options_.condition);
        credentials_.show(scene);
        if (reply[0] == "rejected")
            return Move::rejected(why);
        // What Exim answers to what the mechanism cannot be (4.96, asked).
        return reply[0] == "malformed" ? Move{.kind = Move::Kind::unexpected} : Move::deferred(why);
    }

    const Options& options_;
    std::unique_ptr<LibraryTalk> talk_;
};

class CyrusSasl final : public Authenticator {
public:
    explicit CyrusSasl(Options options) : options_(std::move(options)) {}
    std::unique_ptr<ServerExchange> serve() const override { return std::make_unique<Server>(options_); }

private:
    const Options options_;
};

Result<std::string> mechanism_of(const Setup& setup)
{
    const auto& written = setup.settings.text("server_mech");
    const auto name = upper(written.empty() ? setup.public_name : written);
    if (std::ranges::find(known, name) != std::end(known))
        return name;
    const auto near = nearest(name, std::vector<std::string_view>(std::begin(known), std::end(known)));
    return misconfigured("Cyrus SASL doesn't know mechanism " + escape(name) +
                         (near.empty() ? "" : " (did you mean " + std::string(near) + "?)") + "; server_mech names it where public_name does not");
}

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    Options options{.mechanism = TRY(mechanism_of(setup))};
    options.service = setup.settings.text("server_service");
    const auto hostname = setup.settings.expandable("server_hostname");
    auto parsed = setup.language.parse(hostname.text);
    if (!parsed)
        return misconfigured("server_hostname: " + parsed.error().text);
    options.hostname = std::move(parsed).take();
    options.realm = TRY(optional_text(setup, "server_realm"));
    options.condition = TRY(optional_text(setup, "server_condition"));
    return std::unique_ptr<Authenticator>{std::make_unique<CyrusSasl>(std::move(options))};
}

const RegisterMechanism self{{.name = "cyrus_sasl", .make = make, .doc = "The Cyrus SASL library checks the password."}};

}
}
