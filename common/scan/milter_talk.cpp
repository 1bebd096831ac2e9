#include "common/scan/milter_talk.h"

#include "common/base/text.h"

namespace gp::scan {

using mail::MilterEvent;
using Verdict = mail::MilterVerdict;
using Kind = Verdict::Kind;

// What is known of a step: its letter, its number where a milter chooses macros (SMFIM_…), and the habits that bear
// on it.
struct MilterTalk::Step {
    char code;
    std::uint32_t stage, unwanted, quiet;
};

namespace {

constexpr std::size_t longest_piece = 65535; // of a body
constexpr std::size_t most_buffered = 64 * 1024;
constexpr std::size_t most_changes = 10'000; // of one message
constexpr std::uint32_t end_stage = 5, eoh_stage = 6, no_stage = 100;

template <class Step>
constexpr Step step_of(MilterEvent event)
{
    switch (event) {
    case MilterEvent::connect:
        return {'C', 0, milter_no_connect, milter_quiet_connect};
    case MilterEvent::helo:
        return {'H', 1, milter_no_helo, milter_quiet_helo};
    case MilterEvent::mail:
        return {'M', 2, milter_no_mail, milter_quiet_mail};
    case MilterEvent::rcpt:
        return {'R', 3, milter_no_rcpt, milter_quiet_rcpt};
    case MilterEvent::data:
        return {'T', 4, milter_no_data, milter_quiet_data};
    case MilterEvent::unknown:
        break;
    }
    return {'U', no_stage, milter_no_unknown, milter_quiet_unknown};
}

bool is_chosen(std::string_view list, std::string_view name)
{
    const auto bare = name.starts_with('{') ? name.substr(1, name.size() - 2) : name;
    for (auto rest = list; !rest.empty();) {
        const auto end = std::min(rest.find_first_of(" ,\t"), rest.size());
        auto word = rest.substr(0, end);
        if (word.starts_with('{') && word.ends_with('}'))
            word = word.substr(1, word.size() - 2);
        if (word == bare)
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

// Guards a conversation against a second one who speaks in the middle.
class Turn {
public:
    explicit Turn(bool& flag) : flag_(flag) { flag_ = true; }
    ~Turn() { flag_ = false; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    bool& flag_;
};

}

MilterTalk::MilterTalk(std::unique_ptr<event::Stream> server, MilterTimes times, std::uint64_t most_answer)
    : server_(std::move(server)), times_(times), reader_(*server_, most_answer)
{
}

Error MilterTalk::over(const Error& error)
{
    is_over_ = true;
    why_over_ = error.cause == Cause::timeout ? "no answer in time" : error.text;
    return temporary(why_over_, error.cause);
}

Status MilterTalk::put(char code, std::string_view body)
{
    out_ += milter_packet(code, body);
    return out_.size() < most_buffered ? Status{} : flush();
}

Status MilterTalk::flush()
{
    const auto octets = std::exchange(out_, std::string{});
    return octets.empty() ? Status{} : server_->write(octets, event::Deadline::in(times_.command).sooner(until_));
}

Result<MilterWord> MilterTalk::word(Duration patience)
{
    TRY(flush());
    return read_milter_word(TRY(reader_.next(event::Deadline::in(patience).sooner(until_))));
}

Status MilterTalk::negotiate()
{
    const auto agree = [this]() -> Status {
        TRY(server_->write(milter_offer(), event::Deadline::in(times_.command)));
        const auto packet = TRY(reader_.next(event::Deadline::in(times_.command)));
        terms_ = TRY(read_milter_terms(packet));
        // Commands that younger versions have are not said to older ones.
        const auto version = static_cast<unsigned char>(packet.body[3]);
        terms_.habits |= version < 4 ? std::uint32_t{milter_no_data} : 0u;
        terms_.habits |= version < 3 ? std::uint32_t{milter_no_unknown} : 0u;
        return {};
    };
    auto agreed = agree();
    return agreed ? agreed : Status{over(agreed.error())};
}

void MilterTalk::define(std::uint32_t stage, char command, const std::vector<mail::MilterMacro>& macros)
{
    const auto list = std::ranges::find(terms_.macros, stage, &std::pair<std::uint32_t, std::string>::first);
    std::vector<std::string> texts;
    for (const auto& macro : macros)
        if (list != terms_.macros.end() ? is_chosen(list->second, macro.name) : macro.is_usual) {
            texts.push_back(macro.name);
            texts.push_back(macro.value);
        }
    if (!texts.empty())
        out_ += milter_packet('D', command + milter_texts(texts));
}

// A verdict on a command or a piece of the message; changes come at the end alone.
Result<Verdict> MilterTalk::answer(Duration patience)
{
    while (true) {
        auto said = TRY(word(patience));
        if (auto* verdict = std::get_if<Verdict>(&said))
            return std::move(*verdict);
        if (!std::holds_alternative<MilterProgress>(said))
            return permanent("it wants to change the message before its end");
    }
}

Result<Verdict> MilterTalk::step(const Step& step, std::string_view arguments)
{
    TRY(put(step.code, arguments));
    if (has(step.quiet))
        return Verdict{};
    return answer(times_.command);
}

void MilterTalk::remember(MilterEvent event, const Verdict& verdict)
{
    const bool ends_interest = verdict.kind == Kind::accept || verdict.kind == Kind::discard;
    const bool is_connections = event == MilterEvent::connect || event == MilterEvent::helo;
    if (event == MilterEvent::mail)
        in_message_ = true;
    if (verdict.kind == Kind::accept && is_connections)
        is_done_ = true;
    else if (ends_interest && event != MilterEvent::unknown)
        is_past_ = true;
}

Result<Verdict> MilterTalk::say(MilterEvent event, std::string_view arguments, const std::vector<mail::MilterMacro>& macros)
{
    if (is_over_)
        return temporary(why_over_);
    if (is_busy_)
        return permanent("a second command before the first is answered");
    const Turn turn{is_busy_};
    if (event == MilterEvent::mail && in_message_)
        abort();
    const auto step_here = step_of<Step>(event);
    if (is_done_ || is_past_)
        return Verdict{.kind = Kind::go_on};
    reader_.count_anew();
    Verdict verdict;
    if (!has(step_here.unwanted)) {
        define(step_here.stage, step_here.code, macros);
        auto said = step(step_here, arguments);
        if (!said)
            return over(said.error());
        verdict = std::move(said).take();
    }
    remember(event, verdict);
    if (verdict.kind == Kind::accept)
        verdict.kind = Kind::go_on;
    return verdict;
}

Status MilterTalk::give_headers(const MilterLetter& letter, const std::vector<mail::MilterMacro>& macros, Verdict& verdict)
{
    const Step header{'L', no_stage, milter_no_headers, milter_quiet_header};
    const Step end_of_headers{'N', eoh_stage, milter_no_eoh, milter_quiet_eoh};
    if (!has(header.unwanted))
        for (const auto& [name, text] : letter.headers) {
            const bool drops_blank = !has(milter_leading_space) && text.starts_with(' ');
            verdict = TRY(step(header, milter_texts({name, text.substr(drops_blank ? 1 : 0)})));
            if (verdict.kind != Kind::go_on)
                return {};
        }
    if (has(end_of_headers.unwanted))
        return {};
    define(eoh_stage, end_of_headers.code, macros);
    verdict = TRY(step(end_of_headers, {}));
    return {};
}

Status MilterTalk::give_body(const MilterLetter& letter, Verdict& verdict)
{
    bool is_enough = has(milter_no_body);
    if (is_enough)
        return {};
    const auto give_piece = [&](std::string_view piece) -> Status {
        TRY(put('B', piece));
        if (has(milter_quiet_body))
            return {};
        auto said = TRY(word(times_.command));
        while (std::holds_alternative<MilterProgress>(said))
            said = TRY(word(times_.command));
        const bool is_skip = std::holds_alternative<MilterSkip>(said) && has(milter_skips);
        if (const auto* judged = std::get_if<Verdict>(&said))
            verdict = *judged;
        else if (!is_skip)
            return permanent("it wants to change the message before its end");
        is_enough = is_skip || verdict.kind != Kind::go_on;
        return {};
    };
    return letter.body([&](std::string_view octets) -> Status {
        for (; !octets.empty() && !is_enough; octets.remove_prefix(std::min(octets.size(), longest_piece)))
            TRY(give_piece(octets.substr(0, longest_piece)));
        return {};
    });
}

Status MilterTalk::take_change(mail::MilterChange change, std::vector<mail::MilterChange>& changes) const
{
    using What = mail::MilterChange::Kind;
    if ((terms_.actions & actions_for(change)) == 0)
        return permanent("it wants a change that it did not negotiate");
    if (change.kind == What::replace_body && !changes.empty() && changes.back().kind == What::replace_body) {
        changes.back().value += change.value; // it comes in pieces
        return {};
    }
    if (changes.size() >= most_changes)
        return permanent("it wants more than " + std::to_string(most_changes) + " changes of one message");
    const bool is_header = change.kind == What::add_header || change.kind == What::insert_header || change.kind == What::change_header;
    const bool is_deletion = change.kind == What::change_header && change.value.empty();
    if (is_header && !is_deletion && !has(milter_leading_space))
        change.value.insert(0, " ");
    changes.push_back(std::move(change));
    return {};
}

Status MilterTalk::take_changes(std::vector<mail::MilterChange>& changes, Verdict& verdict)
{
    while (true) {
        auto said = TRY(word(times_.content));
        if (auto* judged = std::get_if<Verdict>(&said)) {
            verdict = std::move(*judged);
            return {};
        }
        if (std::holds_alternative<MilterSkip>(said))
            return permanent("it skips what has been said");
        if (auto* change = std::get_if<mail::MilterChange>(&said))
            TRY(take_change(std::move(*change), changes));
    }
}

Result<Verdict> MilterTalk::give(const MilterLetter& letter, const std::vector<mail::MilterMacro>& macros, event::Deadline until,
                                 std::vector<mail::MilterChange>& changes)
{
    if (is_over_)
        return temporary(why_over_);
    if (is_busy_)
        return permanent("a message before the last command is answered");
    const Turn turn{is_busy_};
    if (is_done_ || is_past_) {
        in_message_ = is_past_ = false;
        return Verdict{};
    }
    until_ = until;
    reader_.count_anew();
    const auto give_all = [&]() -> Result<Verdict> {
        Verdict verdict;
        TRY(give_headers(letter, macros, verdict));
        if (verdict.kind == Kind::go_on)
            TRY(give_body(letter, verdict));
        if (verdict.kind != Kind::go_on)
            return verdict;
        define(end_stage, 'E', macros);
        TRY(put('E', {}));
        TRY(take_changes(changes, verdict));
        in_message_ = false;
        return verdict;
    };
    auto said = give_all();
    until_ = event::Deadline::never();
    if (!said)
        return over(said.error());
    abort(); // where it was not interested in the rest
    if (said->kind == Kind::accept)
        said->kind = Kind::go_on;
    return said;
}

void MilterTalk::abort()
{
    if (in_message_ && !is_over_)
        out_ += milter_packet('A', {}); // before the next command
    in_message_ = is_past_ = false;
}

Status MilterTalk::settle()
{
    if (is_over_ || is_busy_)
        return {};
    const Turn turn{is_busy_};
    const auto written = flush();
    return written ? written : Status{over(written.error())};
}

// Whoever is in the middle of a word hears that it is closed.
void MilterTalk::leave()
{
    if (!std::exchange(is_over_, true))
        why_over_ = "the conversation was ended";
    server_->abort();
}

void MilterTalk::quit()
{
    constexpr Duration moment{1000};
    if (is_busy_)
        return leave(); // two cannot write at once, and nobody waits for that word any more
    if (std::exchange(is_over_, true))
        return;
    (void)server_->write(out_ + milter_packet('Q', {}), event::Deadline::in(moment));
    server_->finish();
}

}
