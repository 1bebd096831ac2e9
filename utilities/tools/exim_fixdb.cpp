// exim_fixdb: looks at single records of a database of hints, and changes or removes them (manual 54.15). A running suite
// owns its files: then records are shown from a copy, and nothing is changed.
//
//     > KEY          shows the record      > d            removes it
//     > 2 TEXT       changes field 2: text; 3, 4, 5: first failed, last try, next try (ddmmyyhhmmss, UTC)
//     > q            ends
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/hints/store.h"
#include "utilities/hints_file.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr std::size_t longest_answer = 1024;

// "010203112233" of 1 February 2003, as short as "yymmddhhmm"'s kin in Exim: day, month, year, hour, minute, second.
Result<std::int64_t> time_of(std::string_view text)
{
    std::tm parts{};
    const auto number = [&](std::size_t at) { return static_cast<int>(parse_integer(text.substr(at, 2)).value_or(-1)); };
    if (text.size() != 10 && text.size() != 12)
        return permanent("a time is yymmddhhmm or yymmddhhmmss, in UTC");
    parts.tm_year = number(0) + 100;
    parts.tm_mon = number(2) - 1;
    parts.tm_mday = number(4);
    parts.tm_hour = number(6);
    parts.tm_min = number(8);
    parts.tm_sec = text.size() == 12 ? number(10) : 0;
    if (parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour < 0 ||
        parts.tm_hour > 23 || parts.tm_min < 0 || parts.tm_min > 59 || parts.tm_sec < 0 || parts.tm_sec > 60)
        return permanent("bad time value");
    return static_cast<std::int64_t>(::timegm(&parts));
}

class Session {
public:
    // Without a store, the records of a copy of the file are shown.
    Session(hints::Store* store, std::string path, std::string database)
        : store_(store), path_(std::move(path)), database_(std::move(database))
    {
    }

    void obey(const std::string& line)
    {
        if (line == "d")
            return remove();
        const auto blank = line.find(' ');
        if (!key_.empty() && blank == 1 && line[0] >= '0' && line[0] <= '9')
            return change(line[0], std::string(trim(line.substr(2))));
        key_ = line;
        show();
    }

private:
    std::optional<std::string> value() const
    {
        if (store_)
            return store_->get(key_);
        std::optional<std::string> found;
        const auto read = each_hint(path_, [&](std::string_view key, std::string_view value) {
            if (key == key_)
                found = value;
        });
        if (!read)
            std::printf("%s\n", read.error().text.c_str());
        return found;
    }

    bool may_change() const
    {
        if (!store_)
            std::printf("not changed: the file belongs to the running suite; stop it first\n");
        return store_ != nullptr;
    }

    void remove()
    {
        if (key_.empty())
            return void(std::printf("no previous record is set\n"));
        if (!may_change())
            return;
        store_->erase(key_);
        std::printf("deleted\n");
        key_.clear();
    }

    void show()
    {
        const auto value = this->value();
        if (!value)
            return key_.clear(), void(std::printf("record not found\n"));
        if (database_ != "retry")
            return void(std::printf("0 value: %s\n", escape(*value, true).c_str()));
        const auto record = hints::decode_retry_record(*value);
        if (!record)
            return void(std::printf("the record is damaged; d removes it\n"));
        std::printf("0 error number: %d\n1 error name:   %s\n2 text:         %s\n3 first failed: %s\n4 last try:     %s\n"
                    "5 next try:     %s\n6 expired:      %s\n",
                    record->error_number, escape(record->error_name).c_str(), escape(record->text, true).c_str(),
                    hint_time(record->first_failed, true).c_str(), hint_time(record->last_try, true).c_str(),
                    hint_time(record->next_try, true).c_str(), record->expired ? "yes" : "no");
    }

    Status set(hints::RetryRecord& record, char field, const std::string& text)
    {
        switch (field) {
        case '0': record.error_number = static_cast<std::int32_t>(TRY(parse_integer(text))); break;
        case '1': record.error_name = text.substr(0, hints::max_error_name); break;
        case '2': record.text = text.substr(0, hints::max_retry_text); break;
        case '3': record.first_failed = TRY(time_of(text)); break;
        case '4': record.last_try = TRY(time_of(text)); break;
        case '5': record.next_try = TRY(time_of(text)); break;
        case '6': record.expired = text == "yes"; break;
        default: return permanent("unknown field number");
        }
        return {};
    }

    void change(char field, const std::string& text)
    {
        if (!may_change())
            return;
        const auto value = store_->get(key_);
        if (!value)
            return void(std::printf("record not found\n"));
        if (database_ != "retry") {
            store_->put(key_, text);
            return show();
        }
        auto record = hints::decode_retry_record(*value);
        if (!record)
            return void(std::printf("the record is damaged; d removes it\n"));
        if (const auto done = set(*record, field, text); !done)
            return void(std::printf("%s\n", done.error().text.c_str()));
        store_->put(key_, hints::encode(*record));
        show();
    }

    hints::Store* store_;
    const std::string path_, database_;
    std::string key_;
};

int run(const Call& call)
{
    const auto kind = call.arguments.size() == 2 ? kind_of_name(call.arguments[0], call.arguments[1]) : NameKind::unknown;
    if (kind == NameKind::exim_only)
        return fail("exim_fixdb", 1, not_kept(call.arguments[1]));
    if (kind != NameKind::kept) {
        std::fputs("usage: exim_fixdb SPOOL DATABASE\ndatabases: retry, ratelimit, seen, callout\n", stderr);
        return 1;
    }
    const auto path = hints_path(call.arguments[0], call.arguments[1]);
    std::unique_ptr<hints::Store> store;
    if (has_owner(path)) {
        std::printf("Reading Exim hints database %s: it belongs to the running suite, and nothing can be changed\n", path.c_str());
    } else {
        if (::access(path.c_str(), F_OK) != 0)
            return fail("exim_fixdb", 1, system_error(path).text);
        auto opened = hints::Store::open(path);
        if (!opened)
            return fail("exim_fixdb", 1, opened.error().text);
        store = std::move(*opened);
        std::printf("Modifying Exim hints database %s\n", path.c_str());
    }
    Session session{store.get(), path, call.arguments[1]};
    char line[longest_answer];
    while (std::printf("> "), std::fflush(stdout), std::fgets(line, sizeof line, stdin)) {
        const std::string word(trim(line));
        if (word == "q")
            break;
        if (!word.empty())
            session.obey(word);
    }
    if (store)
        store->flush();
    std::printf("\n");
    return 0;
}

const RegisterTool self{Tool{.name = "exim_fixdb", .text = "looks at single records of hints and changes them", .run = run}};

}

}
