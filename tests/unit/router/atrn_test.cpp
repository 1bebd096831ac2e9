// Whose mail goes over a connection that is turned around: what acl_smtp_atrn says here of a login that was made here, and
// nothing that smtpd brings.
#include "common/base/encoding.h"
#include "common/process/memfd.h"
#include "router/acl_policy.h"
#include "router/atrn.h"
#include "router/desk.h"
#include "router/switches_protocol.h"

#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Office final : EtrnOffice {
    Result<bool> run_queue(const std::string&, const std::string&) override { return true; }
    Result<bool> run_command(const std::string&, std::vector<std::string>) override { return true; }
    Result<BeginAtrnReply> turn_around(const BeginAtrn& question) override
    {
        domains = question.domains;
        is_verified = question.origin.tls_certificate_verified;
        return BeginAtrnReply{.code = 250, .text = "turned"};
    }
    std::vector<std::string> domains;
    bool is_verified = false;
};

struct Started {
    std::string error;
    StartAtrnReply reply;
    std::vector<std::string> domains; // that qmgr is asked for
};

Started start(const std::string& statements, Ask ask, const std::string& main = "acl_smtp_atrn = words")
{
    Started started;
    House house{main + "\nbegin acl\nwords:\n" + statements};
    EXPECT_EQ(house.refused(), "");
    config::Problems problems;
    const Authenticators authenticators{house.world(), problems};
    AclPolicy policy{house.world(), authenticators, problems};
    EXPECT_FALSE(problems.has_errors()) << problems.text();
    test::run_fiber([&] {
        Office office;
        ask.origin.host_address = "192.0.2.9";
        StartAtrn question;
        question.ask = std::move(ask);
        auto reply = start_atrn(house.world(), question, [&](const Ask& asked) { return policy.ask(asked); }, &office, nullptr);
        started.error = reply ? "" : reply.error().text;
        if (reply)
            started.reply = std::move(*reply);
        started.domains = office.domains;
    });
    return started;
}

Ask of_joe(std::string argument)
{
    Ask ask{.phase = Phase::atrn, .argument = std::move(argument)};
    ask.origin.authenticated_id = "joe";
    ask.state.switches = {"other"};
    return ask;
}

using Strings = std::vector<std::string>;
const std::string customers = "  accept atrn_domains = a.example : b.example\n";

TEST(Atrn, IsForDomainsThatTheAclFinds)
{
    const auto all = start(customers, of_joe(""));
    EXPECT_EQ(all.reply.code, 250u) << all.reply.log_text;
    EXPECT_EQ(all.domains, (Strings{"a.example", "b.example"}));
    EXPECT_EQ(all.reply.verdict.state.switches, Strings{"other"}) << "they are of this one command";
    EXPECT_EQ(start(customers, of_joe("b.example")).domains, Strings{"b.example"});
}

TEST(Atrn, IsJudgedHere)
{
    const auto refused = start(customers, of_joe("big.example"));
    EXPECT_EQ(refused.reply.verdict.verdict, Verdict::deny);
    EXPECT_EQ(refused.domains, Strings{});
    auto forged = of_joe("");
    forged.state.switches.push_back("atrn_domains=big.example");
    const auto brought = start("  accept\n", std::move(forged));
    EXPECT_NE(brought.error, "");
    EXPECT_EQ(brought.domains, Strings{});
    auto other = of_joe("big.example");
    other.phase = Phase::quit;
    EXPECT_NE(start("  accept\n", std::move(other)).error, "");
    EXPECT_EQ(start(customers, of_joe("a.example"), "acl_smtp_etrn = words").reply.code, 502u);
}

TEST(Atrn, IsForLoginsAndForSoManyDomains)
{
    Ask nobody{.phase = Phase::atrn, .argument = "a.example"};
    EXPECT_EQ(start(customers, std::move(nobody)).reply.code, 450u);
    std::string many;
    for (int n = 0; n < 1001; ++n)
        many += (n ? ",d" : "d") + std::to_string(n) + ".example";
    const auto bounded = start("  accept\n", of_joe(many));
    EXPECT_EQ(bounded.reply.code, 450u);
    EXPECT_EQ(bounded.domains, Strings{});
}

// What a smtpd can say that others have taken over: any message of the protocol, in any order.
class Intruder {
public:
    explicit Intruder(Desk& desk)
    {
        auto pair = process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK);
        EXPECT_TRUE(pair);
        theirs_ = ipc::Channel::open(std::move(pair->first), "smtpd/1", &desk);
        ours_ = ipc::Channel::open(std::move(pair->second), "router/1", nullptr);
    }
    template <class M>
    Result<typename M::Reply> say(const M& message)
    {
        return ours_->call(message, event::Deadline::in(std::chrono::seconds(20)));
    }
    AuthReply log_in(const mail::Origin& origin, const std::string& name, const std::string& password)
    {
        Auth question;
        question.origin = origin;
        question.mechanism = "PLAIN";
        question.data = base64_encode('\0' + name + '\0' + password);
        question.has_data = true;
        auto reply = say(question);
        EXPECT_TRUE(reply) << reply.error().text;
        return *reply;
    }
    StartAtrnReply turn_around(const mail::Origin& origin, std::vector<std::string> switches)
    {
        StartAtrn question;
        question.ask.phase = Phase::atrn;
        question.ask.origin = origin;
        question.ask.state.switches = std::move(switches);
        auto reply = say(question);
        EXPECT_TRUE(reply) << reply.error().text;
        return *reply;
    }

private:
    std::shared_ptr<ipc::Channel> theirs_, ours_;
};

const std::string with_logins = "acl_smtp_atrn = words\nauth_advertise_hosts = *\nhosts_xclient = *\nbegin acl\nwords:\n"
                                "  accept atrn_domains = a.example\n"
                                "begin authenticators\nplain:\n driver = plaintext\n public_name = PLAIN\n server_prompts = :\n"
                                " server_condition = ${if eq{$auth3}{secret}}\n server_set_id = $auth2\n"
                                "shown:\n driver = tls\n server_param1 = tess\n server_condition = yes\n server_set_id = $auth1\n";

mail::Origin client_of(std::string name)
{
    mail::Origin origin{.host_address = "192.0.2.9"};
    origin.authenticator = name.empty() ? "" : "plain";
    origin.authenticated_id = std::move(name);
    return origin;
}

// `attempt` with what the office is asked for afterwards.
void with_intruder(const std::function<void(Intruder& intruder, const Office& office, ManualClock& clock)>& attempt)
{
    House house{with_logins};
    ASSERT_EQ(house.refused(), "");
    config::Problems problems;
    const Authenticators authenticators{house.world(), problems};
    AclPolicy policy{house.world(), authenticators, problems};
    ASSERT_FALSE(problems.has_errors()) << problems.text();
    Logins logins{house.world(), authenticators};
    ManualClock clock;
    const auto proofs = LoginProofs::make(std::string(LoginProofs::secret_size, 's'), std::chrono::seconds{3600}, clock);
    ASSERT_TRUE(proofs);
    test::run_fiber([&] {
        Office office;
        Desk desk{house.world(), policy, logins};
        desk.start_with(office);
        desk.prove_with(*proofs);
        Intruder intruder{desk};
        attempt(intruder, office, clock);
    });
}

TEST(Atrn, IsForALoginThatWasMadeHere)
{
    with_intruder([](Intruder& smtpd, const Office& office, ManualClock& clock) {
        const auto made = smtpd.log_in(client_of(""), "joe", "secret");
        ASSERT_TRUE(made.is_accepted);
        ASSERT_NE(made.proof, "");
        EXPECT_EQ(smtpd.turn_around(client_of("joe"), {made.proof}).code, 250u);
        EXPECT_EQ(office.domains, Strings{"a.example"});
        clock.advance(std::chrono::seconds{3600});
        const auto late = smtpd.turn_around(client_of("joe"), {made.proof});
        EXPECT_EQ(late.code, 450u);
        EXPECT_NE(late.log_text.find("atrn_login_lifetime"), std::string::npos) << late.log_text;
    });
}

TEST(Atrn, IsNotForALoginThatSmtpdClaims)
{
    with_intruder([](Intruder& smtpd, const Office& office, ManualClock&) {
        EXPECT_EQ(smtpd.turn_around(client_of("joe"), {}).code, 450u) << "nobody has logged in";
        const auto wrong = smtpd.log_in(client_of(""), "joe", "wrong");
        EXPECT_FALSE(wrong.is_accepted);
        EXPECT_EQ(wrong.proof, "");
        const auto made = smtpd.log_in(client_of(""), "ann", "secret");
        EXPECT_EQ(smtpd.turn_around(client_of("joe"), {made.proof}).code, 450u) << "somebody else has";
        auto elsewhere = client_of("ann");
        elsewhere.host_address = "192.0.2.10";
        EXPECT_EQ(smtpd.turn_around(elsewhere, {made.proof}).code, 450u) << "from another address";
        auto otherwise = client_of("ann");
        otherwise.authenticator = "xclient";
        EXPECT_EQ(smtpd.turn_around(otherwise, {made.proof}).code, 450u) << "by another authenticator";
        mail::Origin local;
        local.local = true;
        local.login = local.authenticated_id = "ann";
        EXPECT_EQ(smtpd.turn_around(local, {}).code, 450u) << "a local user is no customer";
        auto longer = made.proof;
        longer.insert(longer.find('=') + 1, "9");
        EXPECT_EQ(smtpd.turn_around(client_of("ann"), {longer}).code, 450u) << "a later end";
        EXPECT_EQ(smtpd.turn_around(client_of("ann"), {std::string(login_proof_is)}).code, 450u);
        EXPECT_EQ(smtpd.turn_around(client_of("ann"), {made.proof.substr(0, made.proof.find('.') + 1)}).code, 450u);
        EXPECT_EQ(office.domains, Strings{}) << "nobody's mail was asked for";
        EXPECT_EQ(smtpd.turn_around(client_of("ann"), {"other", longer, made.proof}).code, 250u);
    });
}

TEST(Atrn, IsForWhomACertificateNames)
{
    with_intruder([](Intruder& smtpd, const Office&, ManualClock&) {
        Ask hello{.phase = Phase::helo, .argument = "client.example"};
        hello.origin = client_of("");
        hello.origin.tls_cipher = "TLS1.3:x:256";
        const auto greeted = smtpd.say(hello);
        ASSERT_TRUE(greeted);
        ASSERT_EQ(greeted->authenticated_id, "tess");
        auto client = hello.origin;
        client.authenticator = greeted->authenticator;
        client.authenticated_id = greeted->authenticated_id;
        EXPECT_EQ(smtpd.turn_around(client, {}).code, 450u);
        EXPECT_EQ(smtpd.turn_around(client, greeted->state.switches).code, 250u);
    });
}

// A message with REQUIRETLS goes to nobody whose certificate might be anybody's: RFC 8689 section 4.2.1.
TEST(Atrn, TakesACertificateForVerifiedThatIsTheLogin)
{
    with_intruder([](Intruder& smtpd, const Office& office, ManualClock&) {
        Ask hello{.phase = Phase::helo, .argument = "client.example"};
        hello.origin = client_of("");
        hello.origin.tls_cipher = "TLS1.3:x:256";
        hello.origin.tls_certificate_verified = true;
        const auto greeted = smtpd.say(hello);
        ASSERT_TRUE(greeted);
        auto client = hello.origin;
        client.authenticator = greeted->authenticator;
        client.authenticated_id = greeted->authenticated_id;
        EXPECT_EQ(smtpd.turn_around(client, greeted->state.switches).code, 250u);
        EXPECT_TRUE(office.is_verified);
        const auto made = smtpd.log_in(hello.origin, "joe", "secret");
        client.authenticator = "plain";
        client.authenticated_id = "joe";
        const auto turned = smtpd.turn_around(client, {made.proof});
        EXPECT_EQ(turned.code, 250u);
        EXPECT_FALSE(office.is_verified) << "whose it is nobody has looked";
        EXPECT_EQ(turned.seconds, 3600u + 600u) << "atrn_time, and atrn_finish_time for the last message";
    });
}

TEST(LoginProofs, HaveASecret)
{
    ManualClock clock;
    EXPECT_FALSE(LoginProofs::make("short", std::chrono::seconds{1}, clock));
    const auto one = LoginProofs::make(std::string(LoginProofs::secret_size, '1'), std::chrono::seconds{1}, clock);
    const auto other = LoginProofs::make(std::string(LoginProofs::secret_size, '2'), std::chrono::seconds{1}, clock);
    const auto proof = one->give(client_of(""), "plain", "joe");
    ASSERT_TRUE(proof);
    EXPECT_TRUE(one->check(client_of("joe"), {*proof}));
    EXPECT_FALSE(other->check(client_of("joe"), {*proof})) << "the routers of another configuration";
}

}
}
