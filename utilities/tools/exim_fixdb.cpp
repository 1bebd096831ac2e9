// exim_fixdb: looks at single records of a database of hints, and changes or removes them (manual 54.15). A running suite
// owns its files: then records are shown from a copy, and nothing is changed.
//
//     > KEY          shows the record      > d            removes it
//     > 2 1130       changes field 2 to 11:30 today; the fields are numbered as in Exim's, 6 is the text beside the error
//     > q            ends
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/hints/store.h"
#include "utilities/hints_file.h"
#include "utilities/options.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr std::size_t longest_answer = 1024;

// Pairs of digits, the last one minutes, before it the hour, day, month and year, as far as they are given; the rest is of
// now. Twelve digits have seconds, too.
Result<std::int64_t> time_of(std::string_view text, bool utc)
{
    constexpr std::size_t longest = 12;
    const bool is_even = !text.empty() && text.size() <= longest && text.size() % 2 == 0;
    if (!is_even || text.find_first_not_of("0123456789") != std::string_view::npos)
        return permanent("bad time value: it is [[[[yy]mm]dd]hh]mm, or yymmddhhmmss");
    const auto now = std::time(nullptr);
    std::tm parts{};
    utc ? ::gmtime_r(&now, &parts) : ::localtime_r(&now, &parts);
    parts.tm_sec = 0;
    const auto take = [&text] {
        const auto number = parse_integer(text.substr(text.size() - 2)).value_or(-1);
        text.remove_suffix(2);
        return static_cast<int>(number);
    };
    if (text.size() == longest)
        parts.tm_sec = take();
    struct Part {
        int std::tm::* member;
        int offset, least, most;
    };
    constexpr Part order[] = {{&std::tm::tm_min, 0, 0, 59}, {&std::tm::tm_hour, 0, 0, 23}, {&std::tm::tm_mday, 0, 1, 31},
                              {&std::tm::tm_mon, -1, 0, 11}, {&std::tm::tm_year, 100, 100, 199}};
    for (const auto& part : order) {
        if (text.empty())
            break;
        parts.*part.member = take() + part.offset;
        if (parts.*part.member < part.least || parts.*part.member > part.most)
            return permanent("bad time value");
    }
    parts.tm_isdst = -1;
    return static_cast<std::int64_t>(utc ? ::timegm(&parts) : ::mktime(&parts));
}

class Session {
public:
    // Without a store, the records of a copy of the file are shown.
    Session(hints::Store* store, std::string path, std::string database, bool utc)
        : store_(store), path_(std::move(path)), database_(std::move(database)), utc_(utc)
    {
    }

    void obey(const std::string& line)
    {
        if (line == "d")
            return remove();
        const auto blank = line.find(' ');
        if (blank == 1 && is_digit(line[0]))
            return key_.empty() ? void(std::printf("No previous record name is set\n")) : change(line[0], std::string(trim(line.substr(2))));
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
            return void(std::printf("No previous record name is set\n"));
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
            return void(std::printf("record %s not found\n", escape(std::exchange(key_, {}), true).c_str()));
        if (database_ != "retry")
            return void(std::printf("0 value: %s\n", escape(*value, true).c_str()));
        const auto record = hints::decode_retry_record(*value);
        if (!record)
            return void(std::printf("the record is damaged; d removes it\n"));
        const auto date = [this](std::int64_t second) { return hint_time(second, utc_); };
        std::printf("%s\n0 error number: %d %s\n1 extra data:   %s\n2 first failed: %s\n3 last try:     %s\n4 next try:     %s\n"
                    "5 expired:      %s\n",
                    date(record->last_try).c_str(), record->error_number, escape(record->text, true).c_str(),
                    record->error_name.empty() ? "0" : escape(record->error_name).c_str(), date(record->first_failed).c_str(),
                    date(record->last_try).c_str(), date(record->next_try).c_str(), record->expired ? "yes" : "no");
    }

    Status set(hints::RetryRecord& record, char field, const std::string& text)
    {
        switch (field) {
        case '0': record.error_number = static_cast<std::int32_t>(TRY(parse_integer(text))); break;
        case '1': record.error_name = text.substr(0, hints::max_error_name); break;
        case '2': record.first_failed = TRY(time_of(text, utc_)); break;
        case '3': record.last_try = TRY(time_of(text, utc_)); break;
        case '4': record.next_try = TRY(time_of(text, utc_)); break;
        case '5':
            if (text != "yes" && text != "no")
                return permanent("expired is yes or no");
            record.expired = text == "yes";
            break;
        case '6': record.text = text.substr(0, hints::max_retry_text); break;
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
            return void(std::printf("record %s not found\n", escape(key_, true).c_str()));
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
    const bool utc_; // -z
    std::string key_;
};

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, {{'z', "", false}});
    const auto& words = options ? options->rest : call.arguments;
    const auto kind = options && words.size() == 2 ? kind_of_name(words[0], words[1]) : NameKind::unknown;
    if (kind == NameKind::exim_only)
        return fail("exim_fixdb", 1, not_kept(words[1]));
    if (kind != NameKind::kept) {
        std::fputs("usage: exim_fixdb [-z] SPOOL DATABASE\n    -z  times in UTC\ndatabases: retry, ratelimit, seen, callout\n", stderr);
        return 1;
    }
    const auto path = hints_path(words[0], words[1]);
    std::unique_ptr<hints::Store> store;
    if (has_owner(path)) {
        std::printf("Reading Exim hints database %s: it belongs to the running suite, and nothing can be changed\n", path.c_str());
    } else {
        if (::access(path.c_str(), F_OK) != 0)
            return fail("exim_fixdb", 1, system_error(path).text);
        auto opened = open_as_owner(path);
        if (!opened)
            return fail("exim_fixdb", 1, opened.error().text);
        store = std::move(*opened);
        std::printf("Modifying Exim hints database %s\n", path.c_str());
    }
    Session session{store.get(), path, words[1], options->find('z') != nullptr};
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
