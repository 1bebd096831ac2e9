// How servers are written in mysql_servers and its relatives, and what the walls must let through for them.

#include <gtest/gtest.h>

#include "common/lookup/server_pool.h"

namespace gp::lookup {
namespace {

ServerSpec parsed(std::string_view kind, std::string_view text)
{
    const auto out = parse_server(*server_kind(kind), text);
    EXPECT_TRUE(out) << text << ": " << out.error().text;
    return out ? *out : ServerSpec{};
}

TEST(Servers, AreHostDatabaseUserAndPassword)
{
    const auto server = parsed("mysql", "db.example:3307/mail/exim/secret");
    EXPECT_EQ(server.host, "db.example");
    EXPECT_EQ(server.port, 3307u);
    EXPECT_EQ(server.database, "mail");
    EXPECT_EQ(server.user, "exim");
    EXPECT_EQ(server.password, "secret");
    EXPECT_EQ(parsed("mysql", "localhost//u/p").database, "");
}

TEST(Servers, MayHaveASocketAndAGroup)
{
    const auto server = parsed("mysql", "localhost(/run/mysqld/mysqld.sock)[mail]/db/u/p");
    EXPECT_EQ(server.host, "localhost");
    EXPECT_EQ(server.socket, "/run/mysqld/mysqld.sock");
    EXPECT_EQ(server.group, "mail");
    EXPECT_EQ(server.database, "db");
    EXPECT_EQ(parsed("pgsql", "(/tmp/.s.PGSQL.5432)/db/u/p").socket, "/tmp/.s.PGSQL.5432");
    const auto redis = parsed("redis", "(/run/redis.sock)/2/secret");
    EXPECT_EQ(redis.socket, "/run/redis.sock");
    EXPECT_EQ(redis.database, "2");
    EXPECT_EQ(redis.password, "secret");
    EXPECT_EQ(parsed("redis", "127.0.0.1").host, "127.0.0.1");
}

TEST(Servers, IncompleteOnesAreRefusedWithoutTheirPassword)
{
    const auto out = parse_server(*server_kind("mysql"), "db.example/secret");
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().text, "incomplete MySQL server data: \"db.example/…\"");
    EXPECT_FALSE(parse_server(*server_kind("redis"), "h/1/p/q"));
}

TEST(Servers, SayWhatTheWallsMustLetThrough)
{
    const auto places = server_places(*server_kind("pgsql"), "a/d/u/p : b::5433/d/u/p : (/tmp/.s.PGSQL.5432)/d/u/p");
    EXPECT_EQ(places.ports, (std::vector<unsigned>{5432, 5433}));
    EXPECT_TRUE(places.unix_sockets);
    EXPECT_FALSE(server_places(*server_kind("mysql"), "db.example/d/u/p").unix_sockets);
}

}
}
