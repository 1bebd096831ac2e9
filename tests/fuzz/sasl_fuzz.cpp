// The exchanges of SASL other than SCRAM (scram_fuzz.cpp), as both of their sides hear them from a stranger: nobody is let in
// who has not said the password, and by a challenge nobody at all; a client's secret is not said where a challenge is answered.
//
// Input: octet 0 says which authenticator, octet 1 which side and whether AUTH brings the first answer along; then the
// messages, with "\n--\n" between them.

#include <memory>
#include <vector>

#include "common/auth/mechanism.h"
#include "common/base/text.h"
#include "conf/params/configuration.h"
#include "tests/unit/expand/ground.h"

namespace {

using namespace gp;

constexpr std::string_view secret = "pencil", parting = "\n--\n";
constexpr int most_messages = 16;

constexpr std::string_view configuration = R"(begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{pencil}}
  client_send = ^joe^pencil
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if and{{eq{$auth1}{joe}}{eq{$auth2}{pencil}}}}
  client_send = : joe : pencil
simple_plain:
  driver = gsasl
  public_name = PLAIN
  server_condition = ${if eq{$auth3}{pencil}}
  client_username = joe
  client_password = pencil
simple_login:
  driver = gsasl
  public_name = LOGIN
  server_condition = ${if eq{$auth3}{pencil}}
  client_username = joe
  client_password = pencil
bearer:
  driver = gsasl
  public_name = OAUTHBEARER
  server_condition = ${if eq{$auth3}{pencil}}
  client_username = joe
  client_password = pencil
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = pencil
  client_name = joe
  client_secret = pencil
ntlm:
  driver = spa
  public_name = NTLM
  server_password = pencil
  client_username = joe
  client_password = pencil
xoauth:
  driver = gsasl
  public_name = XOAUTH2
  server_condition = ${if eq{$auth3}{pencil}}
  client_username = joe
  client_password = pencil
)";

struct Made {
    bool is_challenged = false; // the secret is proven and never said
    std::unique_ptr<auth::Authenticator> sides;
};

struct Ground {
    expand::Ground around;
    conf::Loaded loaded = conf::load({.name = "fuzz.conf", .text = std::string(configuration)}, {.host_name = "host.example"});
    std::vector<Made> all;

    Ground()
    {
        if (!loaded)
            panic(loaded.problems.text());
        const auto mechanisms = Registry<auth::Mechanism>::linked();
        for (const auto& driver : loaded.configuration->authenticators) {
            const auto* mechanism = mechanisms.find(driver.driver);
            auto sides = mechanism->make({around.language, driver.settings, upper(driver.settings.text("public_name"))});
            if (!sides)
                panic(driver.name + ": " + sides.error().text);
            all.push_back({driver.driver == "cram_md5" || driver.driver == "spa", std::move(*sides)});
        }
    }
};

std::vector<std::string> messages_of(std::string_view text)
{
    std::vector<std::string> out;
    for (int i = 0; i < most_messages; ++i) {
        const auto end = text.find(parting);
        out.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            break;
        text.remove_prefix(end + parting.size());
    }
    return out;
}

void hear_as_server(Ground& ground, const Made& by, bool has_initial, const std::vector<std::string>& messages)
{
    expand::Scene scene{ground.around.world}; // of its own, as each question to router has one: $auth3 is this exchange's
    const auto exchange = by.sides->serve();
    auto move = has_initial ? exchange->begin(scene, messages.front()) : exchange->begin(scene, std::nullopt);
    bool is_said = has_initial && messages.front().find(secret) != std::string::npos;
    for (std::size_t i = has_initial ? 1 : 0; i < messages.size() && !move.ends(); ++i) {
        is_said |= messages[i].find(secret) != std::string::npos;
        move = exchange->answer(scene, messages[i]);
    }
    if (move.kind == auth::Move::Kind::accepted && (by.is_challenged || !is_said))
        panic("somebody was let in without the password");
    if (move.kind == auth::Move::Kind::deferred && move.text.empty())
        panic("what is put off says why");
}

void hear_as_client(Ground& ground, const Made& by, const std::vector<std::string>& messages)
{
    expand::Scene scene{ground.around.world};
    const auto exchange = by.sides->speak();
    auto move = exchange->begin(scene);
    for (std::size_t i = 0;; ++i) {
        if (by.is_challenged && move.octets && move.octets->find(secret) != std::string::npos && messages[i ? i - 1 : 0].find(secret) == std::string::npos)
            panic("the secret was said");
        if (move.kind != auth::ClientMove::Kind::send && move.why.empty())
            panic("what is given up says why");
        if (move.kind != auth::ClientMove::Kind::send || i == messages.size())
            return;
        move = exchange->answer(scene, messages[i]);
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2 || size > 8192)
        return 0;
    static Ground ground;
    const auto& by = ground.all[data[0] % ground.all.size()];
    const auto messages = messages_of({reinterpret_cast<const char*>(data) + 2, size - 2});
    if (data[1] & 1)
        hear_as_client(ground, by, messages);
    else
        hear_as_server(ground, by, data[1] & 2, messages);
    return 0;
}
