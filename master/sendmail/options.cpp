#include "master/sendmail/options.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "master/sendmail/option_table.h"

namespace gp::sendmail {
namespace {

Error unknown(std::string_view word)
{
    return permanent("unknown, malformed, or incomplete option " + escape(word));
}

class Parser {
public:
    Parser(Options& options, const std::vector<std::string>& arguments, const Registry<Mode>& modes)
        : o_(options), arguments_(arguments), modes_(modes)
    {
    }
    Status run();

private:
    Status option(std::string_view word);
    const Mode* find_mode(std::string_view word) const;
    Status take_mode(const Mode& mode, std::string_view word);
    Result<std::string> next_argument(std::string_view word);
    Result<std::string> value_of(const OptionRow& row, std::string_view word);

    Options& o_;
    const std::vector<std::string>& arguments_;
    const Registry<Mode>& modes_;
    std::size_t at_ = 0;
};

Result<std::string> Parser::next_argument(std::string_view word)
{
    if (at_ == arguments_.size())
        return unknown(word);
    return arguments_[at_++];
}

Status Parser::run()
{
    bool options_end = false;
    while (at_ < arguments_.size()) {
        const std::string_view word = arguments_[at_++];
        if (options_end || !word.starts_with('-') || word == "-") {
            o_.arguments.emplace_back(word);
            continue;
        }
        if (word == "--") {
            options_end = true;
            continue;
        }
        TRY(option(word));
    }
    return {};
}

// "-bt"; or "-bh192.0.2.1", where the longest word that fits counts.
const Mode* Parser::find_mode(std::string_view word) const
{
    if (const auto* mode = modes_.find(word))
        return mode;
    const Mode* best = nullptr;
    for (const auto& mode : modes_.all())
        if (mode.value != Mode::Value::none && word.starts_with(mode.name) &&
            (!best || best->name.size() < mode.name.size()))
            best = &mode;
    return best;
}

Status Parser::take_mode(const Mode& mode, std::string_view word)
{
    auto value = std::string(word.substr(mode.name.size()));
    if (mode.value == Mode::Value::follows && value.empty())
        value = TRY(next_argument(word));
    if (mode.name == "-bh" || mode.name == "-bhc") // names a host, as -oMa does; the later one holds
        o_.letter.host_address.clear();
    o_.values[std::string(mode.name)] = std::move(value);
    o_.mode = mode.name;
    return {};
}

Result<std::string> Parser::value_of(const OptionRow& row, std::string_view word)
{
    constexpr std::string_view letters[] = {"", "f", "ff", "r", "rf", "rff"};
    const auto rest = std::string(word.substr(row.word.size()));
    switch (row.value) {
    case OptionRow::Value::selection:
        if (std::ranges::count(letters, rest) == 0)
            return " " + rest;
        return rest + " " + TRY(next_argument(word));
    case OptionRow::Value::word_list:
        if (!rest.empty() || at_ == arguments_.size() || !notify_words(arguments_[at_]))
            return rest;
        return next_argument(word);
    case OptionRow::Value::may_follow:
        if (at_ == arguments_.size() || arguments_[at_].starts_with('-'))
            return rest;
        [[fallthrough]];
    case OptionRow::Value::follows: return rest.empty() ? next_argument(word) : Result<std::string>(rest);
    default: return rest;
    }
}

// "-qqRff" is "-qq -Rff": where the second word begins, or npos.
std::size_t selection_within(std::string_view word)
{
    if (!word.starts_with("-q"))
        return word.npos;
    const auto end = word.find_first_not_of("qifl", 1);
    return end != word.npos && (word[end] == 'R' || word[end] == 'S') ? end : word.npos;
}

Status Parser::option(std::string_view word)
{
    if (const auto second = selection_within(word); second != word.npos) {
        TRY(option(word.substr(0, second)));
        return option("-" + std::string(word.substr(second)));
    }
    const auto* row = find_option(word);
    const auto* mode = find_mode(word);
    // "-Mar" is a mode, "-M" another one; "-oMa" is an option.
    if (mode && (!row || row->word.size() <= mode->name.size()))
        return take_mode(*mode, word);
    if (!row)
        return unknown(word);
    if (!row->obey)
        return permanent("option " + escape(word) + " is not supported: " + std::string(row->text));
    const auto value = TRY(value_of(*row, word));
    if (auto obeyed = row->obey(o_, value); !obeyed)
        return obeyed.error().text.empty() ? unknown(word) : obeyed.error();
    return {};
}

void apply_program_name(Options& options)
{
    if (options.program == "mailq")
        options.mode = "-bp";
    else if (options.program == "newaliases")
        options.mode = "-bi";
    else if (options.program == "runq")
        options.mode = "-q";
    else if (options.program == "rsmtp")
        options.mode = "-bS";
    else if (options.program == "rmail") {
        options.dot_ends = false;
        options.on_error = OnError::mail_and_zero;
    }
}

// -R full: RET= for a message that is handed in, Exim's queue run for all else.
void settle_dsn_return(Options& options)
{
    if (options.dsn_return.empty())
        return;
    const bool has_recipients = options.letter.extract_recipients || !options.arguments.empty();
    if (options.mode == "-bm" && has_recipients) {
        options.letter.dsn_return =
            same_nocase(options.dsn_return, "full") ? mail::DsnReturn::full : mail::DsnReturn::headers;
        return;
    }
    options.recipient_match = options.dsn_return;
    if (options.mode == "-bm")
        options.mode = "-q";
}

// It has to do with deliveries alone; for those of others it takes an administrator, which qmgr sees to.
Status check_pretence(const Options& options)
{
    constexpr std::array<std::string_view, 6> modes = {"-bm", "-bs", "-bS", "-M", "-Mc", "-q"};
    if (!options.letter.dont_deliver || std::ranges::find(modes, options.mode) != modes.end())
        return {};
    return permanent("option -N is for messages that are handed in or delivered; with " + options.mode +
                     " it is not supported, because it would throw away what others sent");
}

// Modes that take no further words.
Status check_arguments(const Options& options)
{
    constexpr std::array<std::string_view, 5> modes = {"-bd", "-bdf", "-bi", "-bf", "-bF"};
    const bool is_selection = options.mode == "-q" && (!options.recipient_match.empty() || !options.sender_match.empty());
    if (options.arguments.empty() || (!is_selection && std::ranges::find(modes, options.mode) == modes.end()))
        return {};
    return permanent("incompatible command-line options or arguments", Cause::refused);
}

// What a suite does by itself is set in its configuration.
Status check_daemon_words(const Options& options)
{
    const bool is_daemon = options.mode == "-bd" || options.mode == "-bdf" || options.mode == "-bw";
    if (options.has_log_tag && is_daemon)
        return permanent("option -L is not supported with " + options.mode + ": the tag of its lines is set by syslog_processname");
    if (options.tls_on_connect && !is_daemon)
        return permanent("option -tls-on-connect is not supported with " + options.mode + ": it is for -bd; a client's TLS would begin on a pipe");
    if (options.values.contains("-bw") && (options.mode == "-q" || !options.interval.empty()))
        return permanent("-bw cannot be combined with -q: the manual's daemon of inetd runs no queue");
    return {};
}
}

Result<Options> parse_options(std::string_view program, const std::vector<std::string>& arguments,
                              const Registry<Mode>& modes)
{
    Options options;
    options.program = program;
    apply_program_name(options);
    TRY((Parser{options, arguments, modes}.run()));
    settle_dsn_return(options);
    TRY(check_pretence(options));
    TRY(check_daemon_words(options));
    TRY(check_arguments(options));
    if (!modes.find(options.mode))
        return permanent(options.program + " (" + options.mode + ") is not supported by this version");
    options.letter.mail_errors = options.on_error == OnError::mail || options.on_error == OnError::mail_and_zero;
    options.letter.queue_only = options.when == WhenDelivered::queued;
    options.letter.queue_smtp_only = options.when == WhenDelivered::smtp_queued;
    if (options.mode == "-bm")
        options.letter.recipients = options.arguments;
    return options;
}

}
