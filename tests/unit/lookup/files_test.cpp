// Drivers for files of other kinds: dsearch, cdb, dbm, json, lmdb, psl, sqlite, passwd.

#include <db.h>
#include <gtest/gtest.h>
#include <lmdb.h>
#include <sqlite3.h>

#include "tests/unit/lookup/cdb_file.h"
#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

TEST(Dsearch, FindsEntriesOfADirectory)
{
    Desk desk;
    const auto file = desk.write("entry", "");
    std::filesystem::create_directory(desk.folder + "/sub");
    std::filesystem::create_symlink("nowhere", desk.folder + "/link");
    EXPECT_EQ(desk.find("dsearch", desk.folder, "entry"), "entry");
    EXPECT_EQ(desk.find("dsearch", desk.folder, "link"), "link");
    EXPECT_EQ(desk.find("dsearch,ret=full", desk.folder, "entry"), file);
    EXPECT_EQ(desk.find("dsearch", desk.folder, "other"), "(none)");
    EXPECT_EQ(desk.find("dsearch,filter=file", desk.folder, "entry"), "entry");
    EXPECT_EQ(desk.find("dsearch,filter=file", desk.folder, "sub"), "(none)");
    EXPECT_EQ(desk.find("dsearch,filter=dir", desk.folder, ".."), "..");
    EXPECT_EQ(desk.find("dsearch,filter=subdir", desk.folder, ".."), "(none)");
    EXPECT_EQ(desk.find("dsearch,filter=subdir", desk.folder, "sub"), "sub");
    EXPECT_EQ(desk.find("dsearch", desk.folder, std::string(300, 'x')), "(none)");
}

// Exim 4.98: a name of several parts, each of which leads down.
TEST(Dsearch, TakesAPathWhereItIsToldTo)
{
    Desk desk;
    std::filesystem::create_directory(desk.folder + "/below");
    const auto file = desk.write("below/entry", "");
    EXPECT_EQ(desk.find("dsearch,key=path", desk.folder, "below/entry"), "below/entry");
    EXPECT_EQ(desk.find("dsearch,key=path,filter=file,ret=full", desk.folder, "below/entry"), file);
    EXPECT_EQ(desk.find("dsearch,key=path,filter=file", desk.folder, "below"), "(none)");
    for (const std::string key : {"below/other", "below/entry/x", "below/../below/entry", "../x", "/below/entry", "below//entry", "below/", "./below", "", "."})
        EXPECT_EQ(desk.find("dsearch,key=path", desk.folder, key), "(none)") << key;
}

TEST(Dsearch, NeverLooksOutsideOfTheDirectory)
{
    Desk desk;
    EXPECT_EQ(desk.find("dsearch", desk.folder, "../x"),
              "error: key for dsearch lookup contains a slash: ../x");
    EXPECT_EQ(desk.find("dsearch", desk.folder, std::string("a\0/b", 4)).substr(0, 6), "error:");
    EXPECT_EQ(desk.find("dsearch", "relative", "x"),
              "error: failed to open relative for directory search: No such file or directory");
    EXPECT_EQ(desk.find("dsearch", "/etc/passwd", "x"),
              "error: failed to open /etc/passwd for directory search: Not a directory");
}

// Each answer is Exim 4.100.1's.
TEST(PublicSuffixes, AreThoseOfTheFile)
{
    Desk desk;
    const auto file = desk.write("psl", "// comment\ncom\nco.uk\nuk trailing words\n*.ck\n!www.ck\n\nblogspot.com\n\xe5\x85\xac\xe5\x8f\xb8.cn\ncn\n");
    const struct {
        std::string key, suffix, registered;
    } cases[] = {
        {"example.com", "com", "example.com"},
        {"www.example.com", "com", "example.com"},
        {"com", "(none)", "(none)"},
        {"a.b.co.uk", "co.uk", "b.co.uk"},
        {"co.uk", "uk", "co.uk"},
        {"foo.uk", "uk", "foo.uk"},
        {"www.ck", "ck", "www.ck"},
        {"a.ck", "a.ck", "(none)"},
        {"x.a.ck", "a.ck", "x.a.ck"},
        {"ck", "(none)", "(none)"},
        {"blogspot.com", "com", "blogspot.com"},
        {"a.my.blogspot.com", "blogspot.com", "my.blogspot.com"},
        {"x.unknown.tld", "(none)", "(none)"},
        {"EXAMPLE.COM", "com", "example.com"},
        {"example.com.", "(none)", "(none)"},
        {".example.com", "com", "example.com"},
        {"1.2.3.4", "(none)", "(none)"},
        {"b.a.\xe5\x85\xac\xe5\x8f\xb8.cn", "\xe5\x85\xac\xe5\x8f\xb8.cn", "a.\xe5\x85\xac\xe5\x8f\xb8.cn"},
        {"xn--55qx5d.cn", "cn", "xn--55qx5d.cn"},
        {"b.xn--55qx5d.cn", "xn--55qx5d.cn", "b.xn--55qx5d.cn"},
    };
    for (const auto& [key, suffix, registered] : cases) {
        EXPECT_EQ(desk.find("psl", file, key), suffix) << key;
        EXPECT_EQ(desk.find("regdom", file, key), registered) << key;
    }
    EXPECT_EQ(desk.find("psl", file + "x", "a.com"), "error: failed to open " + file + "x for public suffix lookup: No such file or directory");
}

TEST(Cdb, FindsWhatIsInTheFile)
{
    std::vector<std::pair<std::string, std::string>> records;
    for (int i = 0; i < 500; ++i)
        records.emplace_back("key" + std::to_string(i), "value" + std::to_string(i));
    Desk desk;
    const auto file = desk.write("f.cdb", make_cdb(records));
    for (const auto& [key, value] : records)
        EXPECT_EQ(desk.find("cdb", file, key), value);
    EXPECT_EQ(desk.find("cdb", file, "other"), "(none)");
}

TEST(Cdb, SurvivesDamage)
{
    const auto whole = make_cdb({{"a", "1"}, {"b", "2"}, {"c", "3"}});
    Desk desk;
    EXPECT_EQ(desk.find("cdb", desk.write("short", "abc"), "a").substr(0, 6), "error:");
    // Every octet in its turn made 255: an answer or an error, never a crash.
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto damaged = whole;
        damaged[i] = '\xff';
        const auto file = desk.write("f" + std::to_string(i), damaged);
        for (const char* key : {"a", "b", "c"})
            (void)desk.find("cdb", file, key);
        std::filesystem::remove(file);
    }
}

std::string make_dbm(const Desk& desk, const std::string& name, DBTYPE type,
                     const std::vector<std::pair<std::string, std::string>>& records)
{
    const auto path = desk.folder + '/' + name;
    DB* db = nullptr;
    EXPECT_EQ(::db_create(&db, nullptr, 0), 0);
    EXPECT_EQ(db->open(db, nullptr, path.c_str(), nullptr, type, DB_CREATE, 0600), 0);
    for (const auto& [key, data] : records) {
        DBT k{}, d{};
        k.data = const_cast<char*>(key.data());
        k.size = static_cast<u_int32_t>(key.size());
        d.data = const_cast<char*>(data.data());
        d.size = static_cast<u_int32_t>(data.size());
        EXPECT_EQ(db->put(db, nullptr, &k, &d, 0), 0);
    }
    db->close(db, 0);
    return path;
}

TEST(Dbm, ReadsFilesOfBothKinds)
{
    using namespace std::string_literals;
    Desk desk;
    for (const auto type : {DB_HASH, DB_BTREE}) {
        const auto file = make_dbm(desk, "f" + std::to_string(type), type,
                                   {{"with\0"s, "zero\0"s}, {"plain", "data"}, {"a\0b\0c"s, "joined"}});
        EXPECT_EQ(desk.find("dbm", file, "with"), "zero");
        EXPECT_EQ(desk.find("dbm", file, "plain"), "(none)");
        EXPECT_EQ(desk.find("dbmnz", file, "plain"), "data");
        EXPECT_EQ(desk.find("dbmnz", file, "with"), "(none)");
        EXPECT_EQ(desk.find("dbmjz", file, "a:b:c"), "joined");
    }
    EXPECT_EQ(desk.find("dbm", desk.write("text", "a: b\n"), "a").substr(0, 22), "error: failed to open ");
    EXPECT_EQ(desk.find("dbm", "/nonexistent/f", "a"), "error: failed to open /nonexistent/f as a db (v4.1+) file: No such file or directory");
}

TEST(Json, FollowsSelectors)
{
    Desk desk;
    const auto file = desk.write("f.json", R"({"a": {"b": [1, "two", {"c": null}]}, "n": 3.5, "t": true})");
    EXPECT_EQ(desk.find("json", file, "n"), "3.5");
    EXPECT_EQ(desk.find("json", file, "a:b:1"), "two");
    EXPECT_EQ(desk.find("json", file, "a : b : 0"), "1");
    EXPECT_EQ(desk.find("json", file, "<;a;b;2"), R"({"c":null})");
    EXPECT_EQ(desk.find("json", file, "a:b:9"), "(none)");
    EXPECT_EQ(desk.find("json", file, "t:x"), "(none)");
    EXPECT_EQ(desk.find("json", desk.write("bad", "{"), "a").substr(0, 17), "error: json error");
    EXPECT_EQ(desk.find("json", desk.write("deep", std::string(100'000, '[')), "a").substr(0, 17), "error: json error");
}

TEST(Lmdb, FindsKeys)
{
    Desk desk;
    const auto path = desk.folder + "/f.lmdb";
    MDB_env* environment = nullptr;
    MDB_txn* transaction = nullptr;
    MDB_dbi table = 0;
    ASSERT_EQ(::mdb_env_create(&environment), 0);
    ASSERT_EQ(::mdb_env_open(environment, path.c_str(), MDB_NOSUBDIR, 0600), 0);
    ASSERT_EQ(::mdb_txn_begin(environment, nullptr, 0, &transaction), 0);
    ASSERT_EQ(::mdb_dbi_open(transaction, nullptr, 0, &table), 0);
    char key[] = "key", data[] = "data";
    MDB_val k{3, key}, d{4, data};
    ASSERT_EQ(::mdb_put(transaction, table, &k, &d, 0), 0);
    ASSERT_EQ(::mdb_txn_commit(transaction), 0);
    ::mdb_env_close(environment);
    EXPECT_EQ(desk.find("lmdb", path, "key"), "data");
    EXPECT_EQ(desk.find("lmdb", path, "other"), "(none)");
    EXPECT_EQ(desk.find("lmdb", path, std::string(5000, 'x')), "(none)");
    EXPECT_EQ(desk.find("lmdb", desk.write("text", "a: b\n"), "a").substr(0, 12), "error: LMDB:");
}

std::string make_sqlite(const Desk& desk)
{
    const auto path = desk.folder + "/f.db";
    sqlite3* db = nullptr;
    EXPECT_EQ(::sqlite3_open(path.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(::sqlite3_exec(db,
                             "create table t(id text, name text, n int);"
                             "insert into t values('a', 'A b', 1), ('b', '\"q', null), ('c', '', 3)",
                             nullptr, nullptr, nullptr),
              SQLITE_OK);
    ::sqlite3_close(db);
    return path;
}

TEST(Sqlite, AnswersAsEximDoes)
{
    Desk desk;
    const auto file = make_sqlite(desk);
    const auto type = "sqlite,file=" + file;
    EXPECT_EQ(desk.query(type, "select name from t where id='a'"), "A b");
    EXPECT_EQ(desk.query(type, "select id from t order by id"), "a\nb\nc");
    EXPECT_EQ(desk.query(type, "select * from t where id='a'"), "id=a name=\"A b\" n=1 ");
    EXPECT_EQ(desk.query(type, "select name,n from t where id='b'"), "name=\"\\\"q\" n=<NULL> ");
    EXPECT_EQ(desk.query(type, "select name from t where id='c'"), "");
    EXPECT_EQ(desk.query(type, "select name from t where id='none'"), "(none)");
    EXPECT_EQ(desk.query("sqlite", file + " select n from t where id='c'"), "3");
    EXPECT_EQ(desk.query(type, "update t set n=9 where id='c'"), "(none)");
    EXPECT_EQ(desk.query(type, "select n from t where id='c'"), "9");
}

TEST(Sqlite, PutsOffWhatItCannotAsk)
{
    Desk desk;
    const auto file = make_sqlite(desk);
    EXPECT_EQ(desk.query("sqlite,file=" + file, "select nosuch"), "error: sqlite: no such column: nosuch");
    EXPECT_EQ(desk.query("sqlite,file=/non/exist", "select 1").substr(0, 36),
              "error: failed to open /non/exist for");
    EXPECT_FALSE(std::filesystem::exists("/non"));
    EXPECT_EQ(desk.query("sqlite", "select 1"), "error: absolute file name expected for \"sqlite\" lookup");
}

TEST(Passwd, FindsUsers)
{
    Desk desk;
    EXPECT_EQ(desk.query("passwd", "root").substr(0, 6), "*:0:0:");
    for (const auto* odd : {"no-such-user-here", "", " ", "root:", "0", "../root", "\xff"})
        EXPECT_EQ(desk.query("passwd", odd), "(none)") << odd;
}

}
}
