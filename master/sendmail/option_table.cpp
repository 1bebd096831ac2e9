#include "master/sendmail/option_table.h"

#include <array>
#include <charconv>

#include "common/base/duration.h"
#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/message_id.h"
#include "conf/params/surroundings.h"

namespace gp::sendmail {
namespace {

using Value = OptionRow::Value;

Status nothing(Options&, const std::string&)
{
    return {};
}

Error malformed()
{
    return permanent("");
}

Error bad_time(std::string_view what, const std::string& why = {})
{
    auto error = permanent("bad time value " + escape(what) + ": abandoned" + (why.empty() ? "" : ": " + why));
    error.cause = Cause::refused;
    return error;
}

template <auto Member>
Status set(Options& options, const std::string&)
{
    options.*Member = true;
    return {};
}

template <auto Member>
Status clear(Options& options, const std::string&)
{
    options.*Member = false;
    return {};
}

template <auto Member>
Status take(Options& options, const std::string& value)
{
    options.*Member = value;
    return {};
}

template <auto Member>
Status of_letter(Options& options, const std::string& value)
{
    options.letter.*Member = value;
    return {};
}

template <auto Member, auto Word>
Status choose(Options& options, const std::string&)
{
    options.*Member = Word;
    return {};
}

// "1.2.3.4.25", "[1.2.3.4]:25": a port may follow (manual, -oMa).
Status split_port(std::string text, std::string& address, std::uint32_t& port)
{
    if (const auto end = text.find(']'); text.starts_with('[') && end != text.npos) {
        const auto rest = std::string_view(text).substr(end + 1);
        const auto number = rest.starts_with(':') ? parse_unsigned(rest.substr(1)) : Result<std::uint64_t>{0};
        if (!number || *number > 65535 || (!rest.empty() && !rest.starts_with(':')))
            return permanent("\"" + escape(text) + "\" has no valid port");
        port = static_cast<std::uint32_t>(*number);
        address = text.substr(1, end - 1);
        return {};
    }
    const bool v6 = text.find(':') != std::string::npos;
    const auto dots = std::count(text.begin(), text.end(), '.');
    const auto dot = text.rfind('.');
    if ((v6 && dots == 1) || (!v6 && dots == 4)) {
        const auto* end = text.data() + text.size();
        if (std::from_chars(text.data() + dot + 1, end, port).ptr != end || port > 65535)
            return permanent("\"" + escape(text) + "\" has no valid port");
        text.resize(dot);
    }
    address = std::move(text);
    return {};
}

Status host_address(Options& options, const std::string& value)
{
    return split_port(value, options.letter.host_address, options.letter.host_port);
}

Status interface_address(Options& options, const std::string& value)
{
    return split_port(value, options.letter.interface_address, options.letter.interface_port);
}

Status sender(Options& options, const std::string& value)
{
    options.letter.sender = value;
    options.letter.sender_given = true;
    return {};
}

Status body_type(Options& options, const std::string& value)
{
    options.letter.eight_bit = same_nocase(value, "8BITMIME");
    return {};
}

Status define(Options& options, const std::string& value)
{
    options.definitions.push_back(value);
    return {};
}

Status debug(Options& options, const std::string& value)
{
    options.debugging = value.empty() ? "+all" : value;
    return {};
}

// -ps: and -pd: have the protocol behind the letter, and a host name behind a colon (manual 5.3, -p).
Status protocol(Options& options, const std::string& value)
{
    const auto colon = value.find(':');
    options.letter.protocol = value.substr(0, colon);
    if (colon != std::string::npos)
        options.letter.host_name = value.substr(colon + 1);
    return {};
}

Status headers_name_recipients(Options& options, const std::string& value)
{
    if (!value.empty() && value != "i")
        return malformed();
    options.letter.extract_recipients = true;
    if (value == "i")
        options.dot_ends = false;
    return {};
}

// -q[q][i][f[f]][l][G<name>[/]][time]; the ids of a bounded run are arguments (manual 5.3).
Status run_queue(Options& options, const std::string& value)
{
    std::string_view rest = value;
    const bool names_queue = rest.starts_with('G'); // "-bp -qGname": whose queue; it is a run when nothing else is asked
    if (options.mode == "-bm" || (!names_queue && options.mode != "-bd" && options.mode != "-bdf"))
        options.mode = "-q";
    std::string flags; // in whatever order; each once, and f twice (manual 5.3)
    for (; !rest.empty() && std::string_view("qifl").find(rest.front()) != std::string_view::npos; rest.remove_prefix(1)) {
        if (std::ranges::count(flags, rest.front()) > (rest.front() == 'f' ? 1 : 0))
            return bad_time("-q" + value);
        flags += rest.front();
    }
    const auto has = [&](char flag) { return flags.find(flag) != std::string::npos; };
    for (auto left = std::ranges::count(flags, 'f'); left > 0; --left)
        (options.force ? options.thaw : options.force) = true;
    if (has('q')) // says the log; routing is shared in any run
        options.values["-qq"].clear();
    options.first_only |= has('i');
    options.local_only |= has('l');
    if (rest.starts_with('G')) {
        const auto slash = std::min(rest.find('/'), rest.size());
        options.queue_name = rest.substr(1, slash - 1);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    if (!rest.empty() && (!is_digit(rest.front()) || is_digit(rest.back()))) // a time has a unit (manual 6.16)
        return bad_time("-q" + value);
    options.interval = rest;
    return {};
}

// -R[r][f[f]] text, -S likewise; the parser has put a blank between them.
Status selected(Options& options, const std::string& value, std::string& text, bool& is_pattern)
{
    if (options.mode != "-bd" && options.mode != "-bdf")
        options.mode = "-q";
    const auto blank = value.find(' ');
    for (const char letter : value.substr(0, blank)) {
        if (letter == 'r')
            is_pattern = true;
        else
            (options.force ? options.thaw : options.force) = true;
    }
    text = value.substr(blank + 1);
    return {};
}

// What "-R full" means is known when the whole command line is: see Options::dsn_return.
Status by_recipient(Options& options, const std::string& value)
{
    if (same_nocase(value, " hdrs") || same_nocase(value, " full")) {
        options.dsn_return = value.substr(1);
        return {};
    }
    return selected(options, value, options.recipient_match, options.recipient_is_pattern);
}

Status by_sender(Options& options, const std::string& value)
{
    return selected(options, value, options.sender_match, options.sender_is_pattern);
}

// -N alone is Exim's; before a list of words it is sendmail's, RFC 3461 section 4.1.
Status pretend_or_notify(Options& options, const std::string& value)
{
    if (value.empty()) {
        options.letter.dont_deliver = options.verbose = true;
        return {};
    }
    const auto notify = notify_words(value);
    if (!notify)
        return permanent("option -N " + escape(value) +
                         ": never, or some of success,failure,delay, or no word at all");
    options.letter.notify = *notify;
    return {};
}

// "5s/11s": what the ages of messages seem to be in a queue run (the conformance cases' habits).
Status seeming_ages(Options& options, const std::string& value)
{
    if (!conf::is_test_environment())
        return permanent("option -Tqt is not supported: it belongs to tests (GATEPOST_TEST=1)");
    options.values["-Tqt"] = value;
    return {};
}

// A word that is another mode's.
template <const char* const& Word>
Status mode(Options& options, const std::string&)
{
    options.mode = Word;
    return {};
}
constexpr const char* is_bi = "-bi";
constexpr const char* is_bV = "-bV";
constexpr const char* is_bdf = "-bdf";

Status local_daemon(Options& options, const std::string&)
{
    options.mode = "-bd";
    options.listen = "127.0.0.1";
    return {};
}

// What a message is called in reports (RFC 3461 section 4.4: 100 printable characters).
Status envelope_id(Options& options, const std::string& value)
{
    constexpr std::size_t longest = 100;
    const bool is_printable = std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
    if (value.empty() || value.size() > longest || !is_printable)
        return permanent("option -V " + escape(value) + ": an envelope identifier has 1 to 100 printable characters");
    options.letter.envid = xtext_encode(value);
    return {};
}

// The front end writes no log of its own; a suite that it would start does.
Status log_tag(Options& options, const std::string& value)
{
    constexpr std::size_t longest = 32; // as Exim's
    if (value.size() > longest)
        return permanent("option -L: a tag has " + std::to_string(longest) + " characters at most");
    options.has_log_tag = true;
    return {};
}

template <auto Member>
Status timeout(Options& options, const std::string& value)
{
    const auto time = parse_duration(value);
    if (!time)
        return bad_time(value, time.error().text);
    options.*Member = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(*time).count());
    return {};
}

Status message_reference(Options& options, const std::string& value)
{
    if (!mail::is_message_id(value))
        return permanent("-oMm must be a valid message ID");
    options.letter.message_reference = value;
    return {};
}

// sendmail's -ox value, which Postfix's ignores, too: main options say it here. Exim refuses what it does not know.
Status foreign_option(Options& options, const std::string& value)
{
    const bool is_letter = value.size() == 1 || (value.size() > 1 && (is_digit(value[1]) || value[1] == '/' || value[1] == '='));
    if (options.program == "sendmail" && is_letter && is_alpha(value[0]))
        return {};
    return permanent("option -o" + escape(value) + " is not supported: no such -o option is known");
}

// -qp[TIME]: sendmail's runs by a process that stays, which qmgr is in any case.
Status persistent_runs(Options& options, const std::string& value)
{
    if (value.empty())
        return permanent("option -qp wants a time: -qp30m, which is -q30m");
    return run_queue(options, value);
}

// -qI ID: Postfix's word for -M ID.
Status deliver_now(Options& options, const std::string& value)
{
    options.mode = "-M";
    options.arguments.push_back(value);
    return {};
}

Status alias_file(Options& options, const std::string& value)
{
    options.values["-oA"] = value;
    return {};
}

Status no_fixups(Options& options, const std::string&)
{
    options.letter.no_fixups = true;
    return {};
}

Status no_qualifying(Options& options, const std::string&)
{
    options.letter.no_qualifying = true;
    return {};
}

Status no_dot_and_zero(Options& options, const std::string&)
{
    options.on_error = OnError::mail_and_zero;
    return {};
}

// Modes without a file in modes/ yet; a file there wins over the row.
constexpr std::string_view not_built = "this version is built without it";

constexpr std::string_view to_itself = "it is how Exim talks to itself";

constexpr std::string_view ignored = "sendmail's word; it means nothing here, as to Exim";

// Words that sendmail knows and that mean nothing to Exim either are obeyed by doing nothing (manual 5.3).
// clang-format off
constexpr std::array options = {
    OptionRow{"-Ac", Value::none, nothing, ignored},
    OptionRow{"-Am", Value::none, nothing, ignored},
    OptionRow{"-B", Value::may_follow, body_type, "BODY of the message: 7BIT or 8BITMIME"},
    OptionRow{"-C", Value::follows, take<&Options::config>, "the configuration file; beside a running suite that has another one, root's command takes "
                                                        "and delivers mail by this one"},
    OptionRow{"-D", Value::follows, define, "MACRO=VALUE for the configuration"},
    OptionRow{"-E", Value::attached, nullptr, "it is how Exim tells itself of a bounce; those are written by a service"},
    OptionRow{"-F", Value::follows, of_letter<&submit::Letter::full_name>, "the sender's full name"},
    OptionRow{"-G", Value::attached, no_fixups, "headers are left as they are (control = suppress_local_fixups); trusted "
                                                "callers only"},
    OptionRow{"-I", Value::none, mode<is_bi>, "-bi: newaliases"},
    OptionRow{"-L", Value::follows, log_tag, "a tag for lines to syslog of this command, which writes none: those of the suite have syslog_processname, "
                                             "which is what sets the tag with -bd"},
    OptionRow{"-MC", Value::attached, nullptr, to_itself},
    OptionRow{"-N", Value::word_list, pretend_or_notify,
              "alone: no transport is run; the log has *> where a delivery would have been, and -v is implied. Before "
              "never, or some of success,failure,delay: which reports the sender wants (NOTIFY of RFC 3461)"},
    OptionRow{"-O", Value::follows, nothing, ignored},
    OptionRow{"-Q", Value::attached, nullptr, "a message is held by -Mf, released by -Mt"},
    OptionRow{"-R", Value::selection, by_recipient,
              "a queue run for messages with such a recipient; f: all that are not frozen, ff: those too. hdrs or full, while "
              "a message is handed in: how much of it a report returns (RET of RFC 3461)"},
    OptionRow{"-S", Value::selection, by_sender, "a queue run for messages with such a sender; letters as with -R"},
    OptionRow{"-T", Value::attached, nullptr, "it belongs to test builds"},
    OptionRow{"-Tqt", Value::follows, seeming_ages, "in tests: the ages of messages, as a queue run sees them"},
    OptionRow{"-U", Value::none, nothing, ignored},
    OptionRow{"-V", Value::follows, envelope_id, "what reports on the message call it (ENVID of RFC 3461)"},
    OptionRow{"-X", Value::follows, nothing, ignored},
    OptionRow{"-atrn", Value::attached, nullptr, "Gatepost serves ATRN (acl_smtp_atrn), and asks nobody for mail by it; ETRN from a script does that"},
    OptionRow{"-b", Value::attached, nullptr, "no such mode is known"},
    OptionRow{"-bF", Value::attached, nullptr, not_built},
    OptionRow{"-bS", Value::attached, nullptr, not_built},
    OptionRow{"-bf", Value::attached, nullptr, not_built},
    OptionRow{"-bh", Value::attached, nullptr, not_built},
    OptionRow{"-bhc", Value::attached, nullptr, not_built},
    OptionRow{"-ba", Value::none, nullptr, "sendmail's ARPANET mode; -bs reads SMTP and -bm a message"},
    OptionRow{"-bC", Value::none, mode<is_bV>, "-bV, which reads the configuration"},
    OptionRow{"-bD", Value::none, mode<is_bdf>, "-bdf"},
    OptionRow{"-bl", Value::none, local_daemon, "-bd -oX 127.0.0.1: for programs of this host alone"},
    OptionRow{"-bw", Value::attached, nullptr, not_built},
    OptionRow{"-bfd", Value::follows, take<&Options::filter_domain>, "with -bf, -bF: the recipient's domain"},
    OptionRow{"-bfl", Value::follows, take<&Options::filter_local_part>, "with -bf, -bF: the recipient's local part"},
    OptionRow{"-bfp", Value::follows, take<&Options::filter_prefix>, "with -bf, -bF: the local part's prefix"},
    OptionRow{"-bfs", Value::follows, take<&Options::filter_suffix>, "with -bf, -bF: the local part's suffix"},
    OptionRow{"-bnq", Value::none, no_qualifying, "unqualified addresses of recipients, and of senders in SMTP, are refused; headers keep theirs"},
    OptionRow{"-d", Value::attached, debug, "what modes that test think, on standard error: -d, -d+route, -d-all+acl"},
    OptionRow{"-e", Value::attached, nullptr, "-ee, -em, -ep, -eq and -ew are known"},
    OptionRow{"-ee", Value::none, no_dot_and_zero, "-oee"},
    OptionRow{"-em", Value::none, choose<&Options::on_error, OnError::mail>, "-oem"},
    OptionRow{"-ep", Value::none, choose<&Options::on_error, OnError::print>, "-oep"},
    OptionRow{"-eq", Value::none, choose<&Options::on_error, OnError::print>, "-oeq"},
    OptionRow{"-ew", Value::none, choose<&Options::on_error, OnError::mail>, "-oew"},
    OptionRow{"-f", Value::follows, sender, "the envelope sender; of an untrusted caller only <> and what untrusted_set_sender "
                                            "allows counts"},
    OptionRow{"-h", Value::follows, nothing, ignored},
    OptionRow{"-i", Value::none, clear<&Options::dot_ends>, "a line with a dot alone does not end the message"},
    OptionRow{"-m", Value::none, nothing, ignored},
    OptionRow{"-n", Value::attached, set<&Options::values_only>, "before -bP: values without the options' names; else ignored"},
    OptionRow{"-o", Value::attached, foreign_option, "of sendmail, by that name: options of a letter and a number, a path or =value are main "
                                                     "options here, and mean nothing (-ox); other words are refused"},
    OptionRow{"-o7", Value::none, nothing, ignored},
    OptionRow{"-o8", Value::none, nothing, ignored},
    OptionRow{"-oA", Value::follows, alias_file, "with -bi: the argument of bi_command"},
    OptionRow{"-oB", Value::may_follow, nothing, "sendmail's older word for connection_max_messages, which decides"},
    OptionRow{"-oM", Value::attached, nullptr, "-oMa -oMaa -oMai -oMas -oMi -oMm -oMr -oMs -oMt are known"},
    OptionRow{"-oMa", Value::follows, host_address, "the client's address (this and the others: of trusted callers)"},
    OptionRow{"-oMaa", Value::follows, of_letter<&submit::Letter::authenticator>, "$sender_host_authenticated"},
    OptionRow{"-oMai", Value::follows, of_letter<&submit::Letter::authenticated_id>, "$authenticated_id"},
    OptionRow{"-oMas", Value::follows, of_letter<&submit::Letter::authenticated_sender>, "$authenticated_sender"},
    OptionRow{"-oMi", Value::follows, interface_address, "$received_ip_address"},
    OptionRow{"-oMm", Value::follows, message_reference, "the id of a message that this one has to do with: R= of its arrival line, for who "
                                                          "follows mail through the log; anybody but a trusted caller is refused"},
    OptionRow{"-oMr", Value::follows, of_letter<&submit::Letter::protocol>, "$received_protocol"},
    OptionRow{"-oMs", Value::follows, of_letter<&submit::Letter::host_name>, "$sender_host_name"},
    OptionRow{"-oMt", Value::follows, of_letter<&submit::Letter::ident>, "$sender_ident"},
    OptionRow{"-oP", Value::follows, take<&Options::pid_file>, "with -bd: the pid file"},
    OptionRow{"-oPX", Value::none, nullptr, "it is how Exim talks to itself; a suite removes its own pid file when it ends"},
    OptionRow{"-oX", Value::follows, take<&Options::listen>, "with -bd: ports and addresses instead of the configuration's"},
    OptionRow{"-oY", Value::none, nothing, "with -bd: no notifier socket; there is none, and the sockets of a suite are below its own spool directory"},
    OptionRow{"-odb", Value::none, choose<&Options::when, WhenDelivered::background>, "delivery begins at once, against queue_only"},
    OptionRow{"-odf", Value::none, choose<&Options::when, WhenDelivered::foreground>, "the same, and its first attempt is waited for"},
    OptionRow{"-odi", Value::none, choose<&Options::when, WhenDelivered::foreground>, "-odf"},
    OptionRow{"-odq", Value::none, choose<&Options::when, WhenDelivered::queued>, "delivery waits for a queue run"},
    OptionRow{"-odqs", Value::none, choose<&Options::when, WhenDelivered::smtp_queued>, "routing is done, delivery by SMTP waits"},
    OptionRow{"-oee", Value::none, no_dot_and_zero, "-oem, and the exit status is 0 when a mail tells of the error"},
    OptionRow{"-oem", Value::none, choose<&Options::on_error, OnError::mail>, "what is wrong with a message is mailed to its sender"},
    OptionRow{"-oep", Value::none, choose<&Options::on_error, OnError::print>, "what is wrong is told on standard error"},
    OptionRow{"-oeq", Value::none, choose<&Options::on_error, OnError::print>, "-oep"},
    OptionRow{"-oew", Value::none, choose<&Options::on_error, OnError::mail>, "-oem"},
    OptionRow{"-oi", Value::none, clear<&Options::dot_ends>, "-i"},
    OptionRow{"-oitrue", Value::none, clear<&Options::dot_ends>, "-i"},
    OptionRow{"-om", Value::none, nothing, ignored},
    OptionRow{"-oo", Value::none, nothing, ignored},
    OptionRow{"-or", Value::follows, timeout<&Options::receive_timeout>, "the time within which a message must have come on standard input; not longer than receive_timeout"},
    OptionRow{"-os", Value::follows, timeout<&Options::smtp_receive_timeout>,
              "the time within which each SMTP command and read of data must come, 0s for ever: with -bd instead of smtp_receive_timeout, and "
              "with -bs, -bS and -bh; with -bs not longer than smtp_receive_timeout for a caller who is not trusted"},
    OptionRow{"-ov", Value::none, set<&Options::verbose>, "-v"},
    OptionRow{"-p", Value::follows, protocol, "PROTOCOL or PROTOCOL:HOST, as -oMr and -oMs"},
    OptionRow{"-pd", Value::none, nullptr, "there is no Perl here"},
    OptionRow{"-ps", Value::none, nullptr, "there is no Perl here"},
    OptionRow{"-q", Value::attached, run_queue,
              "a queue run; f: all that are not frozen, ff: those too; q: as -q, since routing is shared and hosts are grouped "
              "in any run; before -bd with a time: how often"},
    OptionRow{"-qI", Value::follows, deliver_now, "-M: the message of this id is tried at once"},
    OptionRow{"-qL", Value::attached, nullptr, "no messages get lost: gatepost doctor tells of a damaged spool"},
    OptionRow{"-qQ", Value::attached, nullptr, "frozen messages are run by -qff"},
    OptionRow{"-qp", Value::attached, persistent_runs, "-q with a time: the process that runs the queue always stays"},
    OptionRow{"-r", Value::follows, sender, "-f"},
    OptionRow{"-s", Value::attached, nullptr, "sendmail's -s means nothing here"},
    OptionRow{"-t", Value::attached, headers_name_recipients, "the recipients are in To:, Cc: and Bcc:; -ti is -t -i"},
    OptionRow{"-tls-on-connect", Value::none, set<&Options::tls_on_connect>, "with -bd: every port is as if tls_on_connect_ports had it"},
    OptionRow{"-v", Value::none, set<&Options::verbose>,
              "with a message that is handed in: its log lines on standard error, up to the end of its first attempt; with "
              "-bf and -bt: more"},
    OptionRow{"-x", Value::attached, nothing, ignored},
};
// clang-format on

bool fits(const OptionRow& row, std::string_view word)
{
    return row.value == Value::none ? word == row.word : word.starts_with(row.word);
}

}

std::span<const OptionRow> option_rows()
{
    return options;
}

std::optional<std::uint32_t> notify_words(std::string_view text)
{
    struct Word {
        std::string_view name;
        std::uint32_t bit;
    };
    constexpr std::array words = {Word{"never", mail::notify_never}, Word{"success", mail::notify_success},
                                  Word{"failure", mail::notify_failure}, Word{"delay", mail::notify_delay}};
    std::uint32_t bits = 0;
    for (const auto part : split(text, ',')) {
        const auto* const word = std::ranges::find_if(
            words, [&](const Word& known) { return same_nocase(known.name, trim(part)); });
        if (word == words.end())
            return std::nullopt;
        bits |= word->bit;
    }
    const bool is_alone = bits == mail::notify_never || (bits & mail::notify_never) == 0;
    return is_alone ? std::optional(bits) : std::nullopt;
}

const OptionRow* find_option(std::string_view word)
{
    const OptionRow* best = nullptr;
    for (const auto& row : options)
        if (fits(row, word) && (!best || best->word.size() < row.word.size()))
            best = &row;
    return best;
}

}
