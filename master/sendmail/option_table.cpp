#include "master/sendmail/option_table.h"

#include <array>
#include <charconv>

#include "common/base/text.h"

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

// "1.2.3.4.25": a port may follow behind a dot (manual, -oMa).
Status split_port(std::string text, std::string& address, std::uint32_t& port)
{
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
    if (options.mode != "-bd" && options.mode != "-bdf")
        options.mode = "-q";
    std::string_view rest = value;
    while (!rest.empty() && std::string_view("qifl").find(rest.front()) != std::string_view::npos) {
        if (rest.front() == 'f')
            (options.force ? options.thaw : options.force) = true;
        options.two_stage |= rest.front() == 'q';
        options.first_only |= rest.front() == 'i';
        options.local_only |= rest.front() == 'l';
        rest.remove_prefix(1);
    }
    if (rest.starts_with('G')) {
        const auto slash = std::min(rest.find('/'), rest.size());
        options.queue_name = rest.substr(1, slash - 1);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    if (!rest.empty() && !is_digit(rest.front()))
        return malformed();
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

Status by_recipient(Options& options, const std::string& value)
{
    return selected(options, value, options.recipient_match, options.recipient_is_pattern);
}

Status by_sender(Options& options, const std::string& value)
{
    return selected(options, value, options.sender_match, options.sender_is_pattern);
}

Status no_dot_and_zero(Options& options, const std::string&)
{
    options.on_error = OnError::mail_and_zero;
    return {};
}

// Modes without a file in modes/ yet; a file there wins over the row.
constexpr std::string_view not_built = "this version is built without it";

constexpr std::string_view to_itself = "it is how Exim talks to itself";

// Words that sendmail knows and that mean nothing to Exim either are obeyed by doing nothing (manual 5.3).
constexpr std::array options = {
    OptionRow{"-Ac", Value::none, nothing, {}},
    OptionRow{"-Am", Value::none, nothing, {}},
    OptionRow{"-B", Value::may_follow, body_type, {}},
    OptionRow{"-C", Value::follows, take<&Options::config>, {}},
    OptionRow{"-D", Value::follows, define, {}},
    OptionRow{"-E", Value::attached, nullptr, to_itself},
    OptionRow{"-F", Value::follows, of_letter<&submit::Letter::full_name>, {}},
    OptionRow{"-G", Value::attached, nothing, {}},
    OptionRow{"-L", Value::follows, nullptr, "the system log's tag is set by syslog_processname"},
    OptionRow{"-MC", Value::attached, nullptr, to_itself},
    OptionRow{"-N", Value::none, nullptr, "a delivery cannot be pretended yet; -bt tells where a message would go"},
    OptionRow{"-O", Value::follows, nothing, {}},
    OptionRow{"-Q", Value::attached, nullptr, "a message is held by -Mf, released by -Mt"},
    OptionRow{"-R", Value::selection, by_recipient, {}},
    OptionRow{"-S", Value::selection, by_sender, {}},
    OptionRow{"-T", Value::attached, nullptr, "it belongs to test builds"},
    OptionRow{"-Tqt", Value::follows, take<&Options::queue_times>, {}},
    OptionRow{"-U", Value::none, nothing, {}},
    OptionRow{"-V", Value::follows, nullptr, "envelope identifiers (DSN ENVID) are not taken from the command line"},
    OptionRow{"-X", Value::follows, nothing, {}},
    OptionRow{"-atrn", Value::attached, nullptr, "ATRN is not served"},
    OptionRow{"-b", Value::attached, nullptr, "no such mode is known"},
    OptionRow{"-bF", Value::attached, nullptr, not_built},
    OptionRow{"-bS", Value::attached, nullptr, not_built},
    OptionRow{"-bf", Value::attached, nullptr, not_built},
    OptionRow{"-bh", Value::attached, nullptr, not_built},
    OptionRow{"-bhc", Value::attached, nullptr, not_built},
    OptionRow{"-bmalware", Value::attached, nullptr, not_built},
    OptionRow{"-brt", Value::attached, nullptr, not_built},
    OptionRow{"-brw", Value::attached, nullptr, not_built},
    OptionRow{"-bw", Value::attached, nullptr, not_built},
    OptionRow{"-Mset", Value::attached, nullptr, not_built},
    OptionRow{"-Mvl", Value::attached, nullptr, not_built},
    OptionRow{"-bfd", Value::follows, take<&Options::filter_domain>, {}},
    OptionRow{"-bfl", Value::follows, take<&Options::filter_local_part>, {}},
    OptionRow{"-bfp", Value::follows, take<&Options::filter_prefix>, {}},
    OptionRow{"-bfs", Value::follows, take<&Options::filter_suffix>, {}},
    OptionRow{"-bnq", Value::none, nullptr, "unqualified addresses are always qualified"},
    OptionRow{"-d", Value::attached, debug, {}},
    OptionRow{"-e", Value::attached, nullptr, "-ee, -em, -ep, -eq and -ew are known"},
    OptionRow{"-ee", Value::none, no_dot_and_zero, {}},
    OptionRow{"-em", Value::none, choose<&Options::on_error, OnError::mail>, {}},
    OptionRow{"-ep", Value::none, choose<&Options::on_error, OnError::print>, {}},
    OptionRow{"-eq", Value::none, choose<&Options::on_error, OnError::print>, {}},
    OptionRow{"-ew", Value::none, choose<&Options::on_error, OnError::mail>, {}},
    OptionRow{"-f", Value::follows, sender, {}},
    OptionRow{"-h", Value::follows, nothing, {}},
    OptionRow{"-i", Value::none, clear<&Options::dot_ends>, {}},
    OptionRow{"-m", Value::none, nothing, {}},
    OptionRow{"-n", Value::attached, set<&Options::values_only>, {}},
    OptionRow{"-o", Value::attached, nullptr, "no such -o option is known"},
    OptionRow{"-oA", Value::follows, nothing, {}},
    OptionRow{"-oB", Value::may_follow, nothing, {}},
    OptionRow{"-oM", Value::attached, nullptr, "-oMa -oMaa -oMai -oMas -oMi -oMr -oMs -oMt are known"},
    OptionRow{"-oMa", Value::follows, host_address, {}},
    OptionRow{"-oMaa", Value::follows, of_letter<&submit::Letter::authenticator>, {}},
    OptionRow{"-oMai", Value::follows, of_letter<&submit::Letter::authenticated_id>, {}},
    OptionRow{"-oMas", Value::follows, of_letter<&submit::Letter::authenticated_sender>, {}},
    OptionRow{"-oMi", Value::follows, interface_address, {}},
    OptionRow{"-oMm", Value::follows, nullptr, "the message id is always made here"},
    OptionRow{"-oMr", Value::follows, of_letter<&submit::Letter::protocol>, {}},
    OptionRow{"-oMs", Value::follows, of_letter<&submit::Letter::host_name>, {}},
    OptionRow{"-oMt", Value::follows, of_letter<&submit::Letter::ident>, {}},
    OptionRow{"-oP", Value::follows, take<&Options::pid_file>, {}},
    OptionRow{"-oPX", Value::none, nullptr, "a suite removes its own pid file when it ends"},
    OptionRow{"-oX", Value::follows, take<&Options::listen>, {}},
    OptionRow{"-oY", Value::none, nullptr, "the suite's sockets are always there"},
    OptionRow{"-odb", Value::none, choose<&Options::when, WhenDelivered::background>, {}},
    OptionRow{"-odf", Value::none, choose<&Options::when, WhenDelivered::foreground>, {}},
    OptionRow{"-odi", Value::none, choose<&Options::when, WhenDelivered::foreground>, {}},
    OptionRow{"-odq", Value::none, choose<&Options::when, WhenDelivered::queued>, {}},
    OptionRow{"-odqs", Value::none, choose<&Options::when, WhenDelivered::smtp_queued>, {}},
    OptionRow{"-oee", Value::none, no_dot_and_zero, {}},
    OptionRow{"-oem", Value::none, choose<&Options::on_error, OnError::mail>, {}},
    OptionRow{"-oep", Value::none, choose<&Options::on_error, OnError::print>, {}},
    OptionRow{"-oeq", Value::none, choose<&Options::on_error, OnError::print>, {}},
    OptionRow{"-oew", Value::none, choose<&Options::on_error, OnError::mail>, {}},
    OptionRow{"-oi", Value::none, clear<&Options::dot_ends>, {}},
    OptionRow{"-oitrue", Value::none, clear<&Options::dot_ends>, {}},
    OptionRow{"-om", Value::none, nothing, {}},
    OptionRow{"-oo", Value::none, nothing, {}},
    OptionRow{"-or", Value::attached, nullptr, "the time is set by receive_timeout"},
    OptionRow{"-os", Value::attached, nullptr, "the time is set by smtp_receive_timeout"},
    OptionRow{"-ov", Value::none, set<&Options::verbose>, {}},
    OptionRow{"-p", Value::follows, protocol, {}},
    OptionRow{"-pd", Value::none, nullptr, "there is no Perl here"},
    OptionRow{"-ps", Value::none, nullptr, "there is no Perl here"},
    OptionRow{"-q", Value::attached, run_queue, {}},
    OptionRow{"-qI", Value::attached, nullptr, "messages are chosen by -q ID ID, -R and -S"},
    OptionRow{"-qL", Value::attached, nullptr, "messages are chosen by -q ID ID, -R and -S"},
    OptionRow{"-qQ", Value::attached, nullptr, "frozen messages are run by -qff"},
    OptionRow{"-qp", Value::attached, nullptr, "runs at intervals are the daemon's: -q30m"},
    OptionRow{"-r", Value::follows, sender, {}},
    OptionRow{"-s", Value::attached, nullptr, "sendmail's -s means nothing here"},
    OptionRow{"-t", Value::attached, headers_name_recipients, {}},
    OptionRow{"-tls-on-connect", Value::none, set<&Options::tls_on_connect>, {}},
    OptionRow{"-v", Value::none, set<&Options::verbose>, {}},
    OptionRow{"-x", Value::attached, nothing, {}},
    OptionRow{"-z", Value::follows, take<&Options::log_line>, {}},
};

bool fits(const OptionRow& row, std::string_view word)
{
    return row.value == Value::none ? word == row.word : word.starts_with(row.word);
}

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
