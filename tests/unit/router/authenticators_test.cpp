// Which forms of a mechanism are offered, and what cannot be meant.
#include "router/authenticators.h"

#include "common/base/text.h"
#include "house.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

struct Read {
    std::string problems, clear, bindable;
};

Read read(const std::string& authenticators)
{
    House house{"auth_advertise_hosts = *\nbegin authenticators\n" + authenticators};
    EXPECT_EQ(house.refused(), "");
    config::Problems problems;
    const Authenticators all{house.world(), problems};
    mail::Origin origin;
    const std::vector<mail::Variable> none;
    Read out{.problems = problems.text()};
    test::run_fiber([&] {
        MessageScene message{house.world(), origin, none, {}};
        out.clear = join(all.offered(message.scene(), false), " ");
        out.bindable = join(all.offered(message.scene(), true), " ");
        for (const auto& name : all.offered(message.scene(), true)) {
            EXPECT_TRUE(all.server_for(name, message.scene(), true).by) << name;
            const bool is_bound = name.ends_with("-PLUS") || name == "X-ANY";
            EXPECT_EQ(all.server_for(lower(name), message.scene(), true).is_bound, is_bound);
            EXPECT_EQ(all.server_for(name, message.scene(), false).by != nullptr, !is_bound && !name.starts_with("X-"));
        }
    });
    return out;
}

std::string scram(const std::string& name, const std::string& more)
{
    return replace_all(lower(name), "-", "_") + ":\n  driver = gsasl\n  public_name = " + name + "\n  server_password = x\n" + more;
}

TEST(Authenticators, OfferBoundFormsWhereTheyCanBeUsed)
{
    const auto both = read(scram("SCRAM-SHA-256", "  server_channelbinding = true\n"));
    EXPECT_EQ(both.problems, "");
    EXPECT_EQ(both.clear, "SCRAM-SHA-256");
    EXPECT_EQ(both.bindable, "SCRAM-SHA-256-PLUS SCRAM-SHA-256");
    const auto plain = read(scram("SCRAM-SHA-1", ""));
    EXPECT_EQ(plain.bindable, "SCRAM-SHA-1");
    const auto bound = read(scram("SCRAM-SHA-1-PLUS", "  server_channelbinding = true\n"));
    EXPECT_EQ(bound.clear, "");
    EXPECT_EQ(bound.bindable, "SCRAM-SHA-1-PLUS");
    const auto two = read(scram("SCRAM-SHA-1-PLUS", "  server_channelbinding = true\n") +
                          scram("SCRAM-SHA-1", "  server_channelbinding = true\n"));
    EXPECT_EQ(two.bindable, "SCRAM-SHA-1-PLUS SCRAM-SHA-1");
}

TEST(Authenticators, RefuseBindingsThatCannotBe)
{
    const std::pair<std::string, std::string> cases[] = {
        {scram("SCRAM-SHA-1-PLUS", ""), "SCRAM-SHA-1-PLUS needs server_channelbinding = true"},
        {scram("PLAIN", "  server_condition = yes\n  server_channelbinding = true\n"), "PLAIN cannot be bound to the TLS channel"},
        {scram("X-ANY", "  server_mech = SCRAM-SHA-1\n  server_channelbinding = true\n"), "SCRAM-SHA-1-PLUS would be known to nobody"},
        {"a:\n  driver = gsasl\n  public_name = SCRAM-SHA-256-PLUS\n  client_username = x\n  client_password = y\n",
         "SCRAM-SHA-256-PLUS needs client_channelbinding = true"},
        {scram("X-ANY", "  server_mech = SCRAM-SHA-1-PLUS\n  server_channelbinding = true\n"), ""},
    };
    for (const auto& [text, why] : cases)
        EXPECT_TRUE(read(text).problems.find(why) != std::string::npos && read(text).problems.empty() == why.empty()) << read(text).problems;
}

}
}
