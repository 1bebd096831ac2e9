// mail and vacation: a message that answers the one in hand (filter manual 3.14). vacation is mail with the
// defaults of the traditional program.

#include <algorithm>
#include <array>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"
#include "common/mail/header.h"

namespace gp::filter {
namespace {

// The keywords that a text follows, in the order in which a test shows them.
enum Word : std::size_t { to, cc, bcc, from, reply_to, subject, extra_headers, text, file, log, once, once_repeat, words_count };

struct WordRow {
    std::string_view name, shown;
    bool is_header;  // a newline in it must begin a continuation
    bool is_escaped; // when it is shown
    std::string_view vacation; // the default of vacation
};
// clang-format off
constexpr std::array<WordRow, words_count> rows = {{
    {"to", "Mail to", true, false, {}},        {"cc", "     cc", true, true, {}},
    {"bcc", "    bcc", true, true, {}},       {"from", "   from", true, true, {}},
    {"reply_to", "reply_to", true, true, {}}, {"subject", "subject", true, true, "On vacation"},
    {"extra_headers", "extra_headers", false, true, {}},
    {"text", "   text", false, true, {}},      {"file", "   file", false, false, ".vacation.msg"},
    {"log", "    log", false, false, ".vacation.log"},
    {"once", "   once", false, false, ".vacation"},
    {"once_repeat", "once_repeat", false, false, "7d"},
}};
// clang-format on

struct Arguments {
    std::array<std::optional<std::string>, words_count> values;
    bool expand_file = false, return_message = false;
};

Status check_letters(const WordRow& row, const std::string& value, std::string_view command)
{
    const bool is_headers = row.name == "extra_headers";
    const bool is_file = row.name == "file" || row.name == "log" || row.name == "once";
    if (is_file && std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }))
        return permanent("non-printing character in \"" + shown(value) + "\" in " + std::string(command) + " command");
    if (!row.is_header && !is_headers)
        return {};
    for (auto at = value.find('\n'); at != std::string::npos; at = value.find('\n', at + 1)) {
        const auto rest = std::string_view(value).substr(at + 1);
        if (rest.starts_with(' ') || rest.starts_with('\t'))
            continue;
        if (is_headers && mail::header_name_length(rest) != std::string_view::npos)
            continue;
        return permanent("\\n not followed by space " + std::string(is_headers ? "or valid header name " : "") +
                         "in \"" + shown(value) + "\" in " + std::string(command) + " command");
    }
    return {};
}

class Mail final : public Step {
public:
    Mail(Prefix prefix, bool is_vacation, Arguments arguments)
        : prefix_(prefix), is_vacation_(is_vacation), arguments_(std::move(arguments))
    {
    }
    Result<Flow> obey(Run& run) const override
    {
        auto values = TRY(expanded(run));
        // To help prevent loops a bounce is never answered (filter manual 3.14).
        const auto& message = *run.scene().message;
        if ((message.has_return_path ? message.return_path : message.sender).empty()) {
            run.print(std::string(is_vacation_ ? "vacation" : "mail") + " command ignored because return_path is empty");
            return Flow::on;
        }
        for (std::size_t word = 0; word < words_count; ++word)
            if (values[word])
                TRY(check_letters(rows[word], values[word]->text, is_vacation_ ? "vacation" : "mail"));
        const bool is_seen = prefix_.seen.value_or(false);
        run.outcome().is_significant |= is_seen;
        if (run.is_test()) {
            show(run, values, is_seen);
            return Flow::on;
        }
        TRY(run.add(TRY(action(run, values))));
        return Flow::on;
    }

private:
    using Values = std::array<std::optional<Text>, words_count>;

    Result<Values> expanded(Run& run) const
    {
        const std::string_view command = is_vacation_ ? "vacation" : "mail";
        Values values;
        for (std::size_t word = 0; word < words_count; ++word) {
            if (!arguments_.values[word])
                continue;
            auto value = TRY(run.expand(*arguments_.values[word], std::string(command) + " command"));
            values[word] = std::move(value);
        }
        return values;
    }

    void show(Run& run, const Values& values, bool is_seen) const
    {
        const auto to_text = values[to] ? values[to]->text : std::string("<default>");
        run.print(std::string(is_seen ? "Seen mail to: " : "Mail to: ") + to_text +
                  (is_vacation_ ? " (vacation)" : "") + (prefix_.noerror ? " (noerror)" : ""));
        for (std::size_t word = cc; word < words_count; ++word) {
            if (!values[word])
                continue;
            const auto& row = rows[word];
            run.print(std::string(row.shown) + ": " + (row.is_escaped ? shown(values[word]->text) : values[word]->text) +
                      (word == file && arguments_.expand_file ? " (expanded)" : ""));
        }
        if (arguments_.return_message)
            run.print("Return original message");
    }

    Result<Action> action(Run& run, const Values& values) const
    {
        Action made{.kind = Action::Kind::reply, .ignores_errors = prefix_.noerror};
        auto& reply = made.reply;
        const auto take = [&](Word word) { return values[word] ? values[word]->text : std::string{}; };
        reply.to = values[to] ? values[to]->text : TRY(run.expand("$reply_address", "mail command")).text;
        reply.cc = take(cc);
        reply.bcc = take(bcc);
        reply.from = take(from);
        reply.reply_to = take(reply_to);
        reply.subject = take(subject);
        reply.headers = take(extra_headers);
        reply.text = take(text);
        reply.file = take(file);
        reply.file_expand = arguments_.expand_file;
        reply.log = take(log);
        reply.once = take(once);
        reply.return_message = arguments_.return_message;
        reply.is_vacation = is_vacation_;
        for (const auto word : {file, log, once})
            made.is_tainted |= values[word] && values[word]->tainted();
        if (const auto repeat = take(once_repeat); !repeat.empty()) {
            const auto interval = parse_duration(repeat);
            if (!interval)
                return permanent("Invalid time value for \"once_repeat\" in mail or vacation command: " + repeat);
            reply.once_repeat = std::chrono::duration_cast<std::chrono::seconds>(*interval).count();
        }
        made.text = reply.to;
        return made;
    }

    const Prefix prefix_;
    const bool is_vacation_;
    const Arguments arguments_;
};

// One of the keywords; false: it is none, and nothing was taken.
Result<bool> read_keyword(Parser& parser, Arguments& arguments)
{
    auto& reader = parser.reader();
    const auto place = reader.place();
    const auto word = TRY(reader.word(false));
    if (word == "return") {
        if (TRY(reader.word(false)) != "message")
            return reader.near("\"return\" not followed by \"message\" ");
        arguments.return_message = true;
        return true;
    }
    bool is_expanded = false;
    auto key = word;
    if (word == "expand") {
        key = TRY(reader.word(false));
        if (key != "file")
            return reader.near("\"expand\" not followed by \"file\" ");
        is_expanded = true;
    }
    const auto row = std::ranges::find(rows, key, &WordRow::name);
    if (row == rows.end()) {
        reader.go_back(place);
        return false;
    }
    arguments.expand_file |= is_expanded;
    arguments.values[static_cast<std::size_t>(row - rows.begin())] = TRY(reader.item(false));
    return true;
}

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix& prefix, bool is_vacation)
{
    if (parser.rules().forbid_reply)
        return parser.disabled(is_vacation ? "vacation" : "mail");
    Arguments arguments;
    while (!parser.reader().at_end() && TRY(read_keyword(parser, arguments))) {
    }
    if (is_vacation) {
        arguments.expand_file |= !arguments.values[file];
        for (std::size_t word = 0; word < words_count; ++word)
            if (!arguments.values[word] && !rows[word].vacation.empty())
                arguments.values[word] = std::string(rows[word].vacation);
    }
    return std::unique_ptr<Step>(std::make_unique<Mail>(prefix, is_vacation, std::move(arguments)));
}

const RegisterCommand commands[] = {
    RegisterCommand{{.name = "mail",
                     .parse = [](Parser& parser, const Prefix& prefix) { return parse(parser, prefix, false); },
                     .doc = "Sends a message."}},
    RegisterCommand{{.name = "vacation",
                     .parse = [](Parser& parser, const Prefix& prefix) { return parse(parser, prefix, true); },
                     .doc = "Sends a message that says that one is away."}},
};

}
}
