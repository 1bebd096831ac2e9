// exim_dbmbuild: a Berkeley DB file for dbm look-ups from a file in lsearch form (manual 54.9).
//
// The file is built under another name in the same folder, synced, and renamed when it is whole: a look-up that runs
// meanwhile sees the old file or the new one.
#include <db.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "common/base/text.h"
#include "common/lookup/text_file.h"
#include "common/mainlog/log_file.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "usage: exim_dbmbuild [-nolc] [-nozero] [-noduperr] [-nowarn] [-lastdup] INPUT|- OUTPUT\n"
    "    -nolc      leave the case of keys as it is\n"
    "    -nozero    no zero octet after keys and data: for dbmnz\n"
    "    -noduperr  a key given twice is no error   -nowarn  and not told\n"
    "    -lastdup   its last value counts, not the first\n";

struct Settings {
    bool lowers = true, has_zero = true, duplicates_are_errors = true, warns = true, last_counts = false;
    std::string input, output;
};

Result<Settings> settings_of(const std::vector<std::string>& words)
{
    Settings settings;
    std::vector<std::string> files;
    for (const auto& word : words) {
        if (word == "-nolc")
            settings.lowers = false;
        else if (word == "-nozero")
            settings.has_zero = false;
        else if (word == "-noduperr")
            settings.duplicates_are_errors = false;
        else if (word == "-nowarn")
            settings.warns = false;
        else if (word == "-lastdup")
            settings.last_counts = true;
        else if (word.size() > 1 && word.front() == '-')
            return permanent("unknown option " + word);
        else
            files.push_back(word);
    }
    if (files.size() != 2)
        return permanent("an input and an output file are expected");
    if (files[0] == files[1])
        return permanent("input and output filenames are the same");
    settings.input = files[0];
    settings.output = files[1];
    return settings;
}

Result<std::string> text_of(const std::string& path)
{
    auto file = TRY(mainlog::LogFile::open(path));
    std::string text;
    std::string_view line;
    while (file.next(line))
        text.append(line).append("\n");
    TRY(file.finish());
    return text;
}

// The new file; removed again unless keep() has been called.
class NewFile {
public:
    explicit NewFile(const std::string& output) : output_(output), path_(output + ".dbmbuild_temp") {}

    Status open()
    {
        ::unlink(path_.c_str());
        if (const int failed = db_create(&db_, nullptr, 0); failed != 0)
            return permanent(db_strerror(failed));
        if (const int failed = db_->open(db_, nullptr, path_.c_str(), nullptr, DB_HASH, DB_CREATE | DB_EXCL, 0644);
            failed != 0)
            return permanent("cannot create " + path_ + ": " + db_strerror(failed));
        return {};
    }

    enum class Put { written, duplicate };
    Result<Put> put(std::string& key, std::string& value, bool replaces)
    {
        DBT name{}, data{};
        name.data = key.data();
        name.size = static_cast<u_int32_t>(key.size());
        data.data = value.data();
        data.size = static_cast<u_int32_t>(value.size());
        const int failed = db_->put(db_, nullptr, &name, &data, DB_NOOVERWRITE);
        if (failed == 0)
            return Put::written;
        if (failed != DB_KEYEXIST)
            return permanent(path_ + ": " + db_strerror(failed));
        if (replaces)
            if (const int again = db_->put(db_, nullptr, &name, &data, 0); again != 0)
                return permanent(path_ + ": " + db_strerror(again));
        return Put::duplicate;
    }

    Status keep()
    {
        DB* const db = std::exchange(db_, nullptr);
        const int failed = db->close(db, 0); // writes and syncs
        if (failed != 0)
            return permanent(path_ + ": " + db_strerror(failed));
        if (::rename(path_.c_str(), output_.c_str()) != 0)
            return system_error("rename " + path_ + " to " + output_);
        return {};
    }

    ~NewFile()
    {
        if (db_)
            db_->close(db_, DB_NOSYNC);
        ::unlink(path_.c_str());
    }

private:
    std::string output_, path_;
    DB* db_ = nullptr;
};

struct Tally {
    std::size_t written = 0, duplicates = 0;
};

Result<Tally> build(const Settings& settings)
{
    const auto text = TRY(text_of(settings.input));
    NewFile file{settings.output};
    TRY(file.open());
    Tally tally;
    for (auto& entry : lookup::parse_entries(text)) {
        auto key = settings.lowers ? lower(entry.key) : entry.key;
        const auto shown = key;
        if (settings.has_zero) {
            key += '\0';
            entry.data += '\0';
        }
        if (TRY(file.put(key, entry.data, settings.last_counts)) == NewFile::Put::written) {
            ++tally.written;
            continue;
        }
        ++tally.duplicates;
        if (settings.warns)
            std::fprintf(stderr, "** Duplicate key \"%s\"\n", escape(shown).c_str());
    }
    TRY(file.keep());
    return tally;
}

int run(const Call& call)
{
    const auto settings = settings_of(call.arguments);
    if (!settings) {
        std::fputs(usage_text, stderr);
        return fail("exim_dbmbuild", 1, settings.error().text);
    }
    const auto tally = build(*settings);
    if (!tally)
        return fail("exim_dbmbuild", 1, tally.error().text);
    std::printf("%zu entr%s written\n", tally->written, tally->written == 1 ? "y" : "ies");
    if (tally->duplicates > 0)
        std::printf("%zu duplicate key%s \n", tally->duplicates, tally->duplicates == 1 ? "" : "s");
    return tally->duplicates > 0 && settings->duplicates_are_errors ? 1 : 0;
}

const RegisterTool self{
    Tool{.name = "exim_dbmbuild", .text = "a file for dbm look-ups from one in lsearch form", .run = run}};

}

}
