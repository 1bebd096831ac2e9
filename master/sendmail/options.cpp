#include "master/sendmail/options.h"

#include <array>
#include <charconv>

#include "common/base/text.h"

namespace gp::sendmail {
namespace {

class Parser {
public:
    Parser(Options& options, const std::vector<std::string>& arguments) : o_(options), arguments_(arguments) {}
    Status run();

private:
    Status option(std::string_view word);
    Status mode(std::string_view word);
    Status delivery(std::string_view word);
    Status origin(std::string_view word);
    Status message(std::string_view word);
    Status queue(std::string_view word);
    Result<std::string> value(std::string_view word, std::size_t letters);
    bool next_is_value() const { return at_ < arguments_.size() && !arguments_[at_].starts_with('-'); }

    Options& o_;
    const std::vector<std::string>& arguments_;
    std::size_t at_ = 0;
};

Error unknown(std::string_view word)
{
    return permanent("unknown, malformed, or incomplete option " + escape(word));
}

Error not_here(std::string_view word, std::string_view reason)
{
    return permanent("option " + escape(word) + " is not supported: " + std::string(reason));
}

// "-fa@b" or "-f a@b".
Result<std::string> Parser::value(std::string_view word, std::size_t letters)
{
    if (word.size() > letters)
        return std::string(word.substr(letters));
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

// Options that sendmail knows and that mean nothing here, as in Exim (manual 5.3): -A, -B7BIT, -e, -G, -h,
// -L, -m, -n, -O, -o…, -U, -X with their values.
Status Parser::option(std::string_view word)
{
    switch (word[1]) {
    case 'A':
    case 'G':
    case 'm':
    case 'n':
    case 'U':
        return {};
    case 'B':
        if (word.size() == 2 && next_is_value())
            ++at_;
        o_.letter.eight_bit = ends_nocase(word, "8BITMIME") ||
                              (word.size() == 2 && at_ > 0 && same_nocase(arguments_[at_ - 1], "8BITMIME"));
        return {};
    case 'b':
        return mode(word);
    case 'C':
        o_.config = TRY(value(word, 2));
        return {};
    case 'D':
        o_.definitions.push_back(TRY(value(word, 2)));
        return {};
    case 'd':
        return not_here(word, "debugging output is gatepost's own: see gatepost explain");
    case 'e':
        if (word.size() != 3)
            return unknown(word);
        return delivery("-oe" + std::string(1, word[2]));
    case 'F':
        o_.letter.full_name = TRY(value(word, 2));
        return {};
    case 'f':
    case 'r':
        o_.letter.sender = TRY(value(word, 2));
        o_.letter.sender_given = true;
        return {};
    case 'h':
    case 'L':
    case 'O':
    case 'X':
        if (word.size() == 2)
            ++at_;
        return {};
    case 'i':
        if (word != "-i")
            return unknown(word);
        o_.dot_ends = false;
        return {};
    case 'M':
        return message(word);
    case 'N':
        return not_here(word, "a message is either delivered or not taken");
    case 'o':
        return word.starts_with("-oM") ? origin(word) : delivery(word);
    case 'p':
        o_.letter.protocol = TRY(value(word, 2));
        return {};
    case 'q':
    case 'R':
    case 'S':
        return queue(word);
    case 't':
        if (word == "-t" || word == "-ti") {
            o_.letter.extract_recipients = true;
            if (word == "-ti")
                o_.dot_ends = false;
            return {};
        }
        return not_here(word, "TLS on standard input is not served");
    case 'v':
        o_.verbose = true;
        return {};
    default:
        return unknown(word);
    }
}

struct ModeWord {
    std::string_view word;
    Mode mode;
};

constexpr std::array modes = {
    ModeWord{"-bm", Mode::send},        ModeWord{"-bs", Mode::smtp},           ModeWord{"-bp", Mode::list_queue},
    ModeWord{"-bpc", Mode::count_queue}, ModeWord{"-bd", Mode::daemon},        ModeWord{"-bdf", Mode::daemon},
    ModeWord{"-bi", Mode::rebuild_aliases}, ModeWord{"-bV", Mode::version},
};

Status Parser::mode(std::string_view word)
{
    for (const auto& known : modes)
        if (known.word == word) {
            o_.mode = known.mode;
            o_.foreground = word == "-bdf";
            return {};
        }
    if (word == "-bnq")
        return not_here(word, "unqualified addresses are always qualified");
    if (word.starts_with("-bp")) {
        o_.mode = Mode::list_queue;
        for (char c : word.substr(3)) {
            o_.unsorted |= c == 'r';
            o_.all_recipients |= c == 'a';
            o_.undelivered_only |= c == 'u';
            o_.ids_only |= c == 'i';
            if (std::string_view("raui").find(c) == std::string_view::npos)
                return unknown(word);
        }
        return {};
    }
    constexpr std::string_view later[] = {"-be",  "-bem", "-bt", "-bv",  "-bvs", "-bh", "-bhc", "-bP",
                                          "-brw", "-brt", "-bf", "-bF", "-bS",  "-bw", "-bmalware"};
    for (auto known : later)
        if (word.starts_with(known))
            return not_here(word, "this test mode is not built into this version");
    return unknown(word);
}

Status Parser::delivery(std::string_view word)
{
    if (word == "-odb")
        o_.when = WhenDelivered::background;
    else if (word == "-odf" || word == "-odi")
        o_.when = WhenDelivered::foreground;
    else if (word == "-odq")
        o_.when = WhenDelivered::queued;
    else if (word == "-odqs")
        o_.when = WhenDelivered::smtp_queued;
    else if (word == "-oi" || word == "-oitrue")
        o_.dot_ends = false;
    else if (word == "-oee")
        o_.on_error = OnError::mail_and_zero;
    else if (word == "-oem" || word == "-oew")
        o_.on_error = OnError::mail;
    else if (word == "-oep")
        o_.on_error = OnError::print;
    else if (word == "-oeq")
        o_.on_error = OnError::print;
    else if (word.starts_with("-oX"))
        o_.listen = TRY(value(word, 3));
    else if (word.starts_with("-oP"))
        o_.pid_file = TRY(value(word, 3));
    else if (word == "-oo" || word == "-om" || word.starts_with("-oA") || word.starts_with("-oB"))
        return {}; // sendmail's words that Exim accepts and that change nothing here
    else if (word == "-os" || word.starts_with("-or"))
        return not_here(word, "receive timeouts are set in the configuration (receive_timeout)");
    else
        return unknown(word);
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

Status Parser::origin(std::string_view word)
{
    const bool two = word.starts_with("-oMaa") || word.starts_with("-oMai") || word.starts_with("-oMas");
    auto text = TRY(value(word, two ? 5 : 4));
    auto& letter = o_.letter;
    if (word.starts_with("-oMaa"))
        letter.authenticator = std::move(text);
    else if (word.starts_with("-oMai"))
        letter.authenticated_id = std::move(text);
    else if (word.starts_with("-oMas"))
        letter.authenticated_sender = std::move(text);
    else if (word.starts_with("-oMa"))
        return split_port(std::move(text), letter.host_address, letter.host_port);
    else if (word.starts_with("-oMi"))
        return split_port(std::move(text), letter.interface_address, letter.interface_port);
    else if (word.starts_with("-oMr"))
        letter.protocol = std::move(text);
    else if (word.starts_with("-oMs"))
        letter.host_name = std::move(text);
    else if (word.starts_with("-oMt"))
        letter.ident = std::move(text);
    else
        return not_here(word, "the message id is always made here");
    return {};
}

struct MessageWord {
    std::string_view word, order;
    std::size_t values; // words between the first id and the end, when the form is "-MXX id value…"
};

constexpr std::array message_words = {
    MessageWord{"-Mar", "add_recipient", 1}, MessageWord{"-Mes", "edit_sender", 1},
    MessageWord{"-Mf", "hold", 0},           MessageWord{"-Mg", "give_up", 0},
    MessageWord{"-Mmad", "mark_all_delivered", 0}, MessageWord{"-Mmd", "mark_delivered", 1},
    MessageWord{"-Mrm", "remove", 0},        MessageWord{"-Mt", "release", 0},
    MessageWord{"-Mvb", "body", 0},          MessageWord{"-Mvc", "copy", 0},
    MessageWord{"-Mvh", "headers", 0},
};

Status Parser::message(std::string_view word)
{
    if (word == "-M" || word == "-Mc") {
        o_.mode = Mode::run_queue;
        o_.force = word == "-M";
        o_.thaw = word == "-M";
        return {};
    }
    if (word == "-MG") {
        o_.letter.queue = TRY(value(word, 3));
        return {};
    }
    for (const auto& known : message_words)
        if (known.word == word) {
            o_.mode = Mode::operate;
            o_.order = known.order;
            return {};
        }
    if (word.starts_with("-MC"))
        return not_here(word, "it is how Exim talks to itself");
    return unknown(word);
}

// -q[q][i][f[f]][l][time] [start id [end id]]; -R and -S with their letters and a string (manual 5.3).
Status Parser::queue(std::string_view word)
{
    if (o_.mode != Mode::daemon)
        o_.mode = Mode::run_queue;
    const char kind = word[1];
    auto rest = word.substr(2);
    if (kind != 'q' && rest.starts_with('r'))
        return not_here(word, "regular expressions here are not supported; give a substring");
    while (!rest.empty() && std::string_view("qifl").find(rest.front()) != std::string_view::npos) {
        if (rest.front() == 'f')
            (o_.force ? o_.thaw : o_.force) = true;
        o_.first_only |= rest.front() == 'i';
        o_.local_only |= rest.front() == 'l';
        rest.remove_prefix(1);
    }
    if (kind == 'q') {
        if (!rest.empty() && !is_digit(rest.front()))
            return unknown(word);
        o_.interval = rest;
        return {};
    }
    auto text = rest.empty() ? TRY(value(word, word.size())) : std::string(rest);
    (kind == 'R' ? o_.recipient_match : o_.sender_match) = std::move(text);
    return {};
}

void apply_program_name(Options& options, std::string_view program)
{
    if (program == "mailq")
        options.mode = Mode::list_queue;
    else if (program == "newaliases")
        options.mode = Mode::rebuild_aliases;
    else if (program == "runq")
        options.mode = Mode::run_queue;
    else if (program == "rmail") {
        options.dot_ends = false;
        options.on_error = OnError::mail_and_zero;
    }
}

}

Result<Options> parse_options(std::string_view program, const std::vector<std::string>& arguments)
{
    Options options;
    apply_program_name(options, program);
    if (program == "rsmtp")
        return permanent("batched SMTP (rsmtp, -bS) is not supported by this version");
    TRY((Parser{options, arguments}.run()));
    options.letter.queue_only = options.when == WhenDelivered::queued;
    options.letter.queue_smtp_only = options.when == WhenDelivered::smtp_queued;
    if (options.mode == Mode::send)
        options.letter.recipients = options.arguments;
    if (options.first_only || options.local_only)
        return permanent("-qi and -ql are not supported by this version");
    return options;
}

}
