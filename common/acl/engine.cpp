#include <algorithm>
#include <array>

#include "common/acl/acl_files.h"
#include "common/acl/acls.h"
#include "common/acl/added_headers.h"
#include "common/acl/atrn_domains.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/log/shown.h"
#include "common/mail/host_words.h"

namespace gp::acl {
namespace {

constexpr std::array<std::string_view, 22> where_names = {
    "connection", "EHLO or HELO", "STARTTLS", "AUTH",     "MAIL",           "RCPT", "PREDATA",
    "MIME",       "DKIM",      "DATA",     "DATA (PRDR)", "non-SMTP",    "non-SMTP-start", "non-SMTP MIME",
    "ETRN",       "VRFY",      "EXPN",     "ATRN",     "WELLKNOWN",      "QUIT", "NOTQUIT", "MAILAUTH",
};

// How one statement's clauses came out. Broken: the configuration is wrong here, and the whole ACL ends; a
// condition that cannot be told now ends it as well, but not in a warn statement.
enum class Ran { all_true, some_false, some_false_after_endpass, cannot_tell, broken };

struct Run {
    Ran ran = Ran::all_true;
    Texts texts;       // expanded message and log_message in force
    std::string why;   // of broken
    bool is_temporary = false; // of broken: a look-up that cannot tell now
    bool says_what_client_hears = false; // to the log, as no text of its own was asked for
    bool has_message = false; // `message` stands in the statement
};

std::string expanded_text(const expand::Expression& expression, Context& context)
{
    if (expression.empty())
        return {};
    auto words = expression.expand(context.scene);
    if (words)
        return std::move(words->text);
    if (words.error().cause != Cause::forced_fail)
        log::panic("failed to expand ACL message \"" + expression.source() + "\": " + words.error().text);
    return {};
}

void debug_clause(const Clause& clause, const Result<Truth>& truth)
{
    const auto outcome = !truth ? "error: " + escape(truth.error().text, true)
                                : std::string(*truth == Truth::yes ? "yes" : *truth == Truth::no ? "no" : "cannot tell now");
    log::debug("acl", "  check " + std::string(clause.negated ? "!" : "") + clause.name + ": " + outcome);
}

class Runner {
public:
    explicit Runner(Context& context) : context_(context) {}
    Run run(const Statement& statement)
    {
        const auto before = context_.where == where_atrn ? atrn_domains() : std::string{};
        auto run = run_clauses(statement);
        if (run.ran != Ran::all_true) // whose domains they are is said by statements that hold
            set_atrn_domains(before);
        return run;
    }

private:
    Run run_clauses(const Statement& statement);
    std::string atrn_domains() const;
    void set_atrn_domains(const std::string& word);
    Result<Truth> evaluate(const Clause& clause);
    Run ended(Ran ran, std::string why = {});

    Context& context_;
    const expand::Expression* message_ = nullptr;
    const expand::Expression* log_message_ = nullptr;
};

Result<Truth> Runner::evaluate(const Clause& clause)
{
    if (!(clause.allowed_at & context_.where))
        return misconfigured((clause.kind == Clause::Kind::modifier ? "cannot use " : "cannot test ") + clause.name + " condition in " + std::string(where_name(context_.where)) + " ACL");
    if (clause.kind == Clause::Kind::modifier) {
        TRY(clause.action->act(context_));
        return Truth::yes;
    }
    const auto tested = clause.test->test(context_);
    if (!tested && is_passed_over(tested.error()))
        return Truth::yes;
    const auto truth = TRY(tested);
    if (!context_.texts.user.empty()) // of a condition that says why it failed: a verification
        context_.scene.facts.set("acl_verify_message", Text::clean(context_.texts.user));
    if (truth == Truth::defer || !clause.negated)
        return truth;
    return truth == Truth::yes ? Truth::no : Truth::yes;
}

// The texts of message and log_message are expanded only when they are needed: now.
Run Runner::ended(Ran ran, std::string why)
{
    Run run{.ran = ran, .texts = context_.texts, .why = std::move(why)};
    if (ran == Ran::cannot_tell) // the statement's words are for what it decides
        return run;
    run.says_what_client_hears = !log_message_ && run.texts.log == run.texts.user;
    run.has_message = message_ != nullptr;
    if (message_)
        if (auto text = expanded_text(*message_, context_); !text.empty())
            run.texts.user = std::move(text);
    if (log_message_) {
        // What the condition has for the log comes behind it, and is what the text sees.
        const auto why_false = run.texts.log;
        if (!why_false.empty())
            context_.scene.facts.set("acl_verify_message", Text::clean(why_false));
        if (auto text = expanded_text(*log_message_, context_); !text.empty())
            run.texts.log = std::move(text) + (why_false.empty() ? "" : ": " + why_false);
    }
    return run;
}

std::string Runner::atrn_domains() const
{
    for (const auto& word : context_.state.switches)
        if (word.starts_with(atrn_domains_are))
            return word;
    return {};
}

void Runner::set_atrn_domains(const std::string& word)
{
    if (context_.where != where_atrn || atrn_domains() == word)
        return;
    std::erase_if(context_.state.switches, [](std::string_view one) { return one.starts_with(atrn_domains_are); });
    if (!word.empty())
        context_.state.switches.push_back(word);
}

Run Runner::run_clauses(const Statement& statement)
{
    bool after_endpass = false;
    context_.texts = {};
    context_.scene.facts.erase("acl_verify_message");
    context_.scene.facts.erase(discarded_by_nested);
    for (const auto& clause : statement.clauses) {
        switch (clause.kind) {
        case Clause::Kind::endpass:
            after_endpass = true;
            continue;
        case Clause::Kind::message:
            message_ = &clause.text;
            continue;
        case Clause::Kind::log_message:
            log_message_ = &clause.text;
            continue;
        default:
            break;
        }
        auto truth = evaluate(clause);
        if (log::debugging("acl"))
            debug_clause(clause, truth);
        const bool discards = truth && context_.scene.find_fact(discarded_by_nested);
        if (discards && statement.verb != Verb::accept && statement.verb != Verb::discard)
            return ended(Ran::broken, "nested ACL returned \"discard\" for \"" + std::string(verb_name(statement.verb)) +
                                          "\" command (only allowed with \"accept\" or \"discard\")");
        if (!truth) {
            auto run = ended(Ran::broken, truth.error().text);
            run.is_temporary = truth.error().blame == Blame::temporary;
            return run;
        }
        if (*truth == Truth::defer)
            return ended(Ran::cannot_tell);
        const bool takes = *truth == Truth::yes && (statement.verb == Verb::accept || statement.verb == Verb::discard);
        if (takes && clause.name == "verify") // what it found is said in refusals alone
            context_.texts = {};
        if (*truth == Truth::no)
            return ended(after_endpass ? Ran::some_false_after_endpass : Ran::some_false);
    }
    if (after_endpass) // it speaks of denial only (manual 44.18, accept)
        message_ = nullptr;
    return ended(Ran::all_true);
}

Outcome outcome(Outcome::Verdict verdict, const Run& run, const Statement& statement)
{
    return {.verdict = verdict, .user_text = run.texts.user, .log_text = run.texts.log, .decided_by = statement.origin,
            .verb = verb_name(statement.verb)};
}

// `message` of a warn statement is a header to add, as add_header has it, for configurations of old (manual 44.24).
void add_warning(const Run& run, Context& context)
{
    if (run.ran != Ran::all_true || !run.has_message || trim(run.texts.user).empty())
        return;
    if (!(context.where & where_message))
        return log::panic("ACL \"warn\" with \"message\" setting found in a non-message (" +
                          std::string(where_name(context.where)) +
                          ") ACL: cannot specify header lines here: message ignored");
    if (auto added = add_headers(context, run.texts.user); !added)
        log::panic(added.error().text);
}

constexpr std::size_t most_warned = 100; // lines that are remembered of one message

// The same line is logged once for a message (manual 44.19, log_message).
bool is_new(const std::string& line, Context& context)
{
    auto& warned = context.state.warned;
    const auto hash = std::uint64_t{TextHash{}(line)};
    if (std::ranges::find(warned, hash) != warned.end())
        return false;
    if (warned.size() < most_warned)
        warned.push_back(hash);
    return true;
}

void log_warning(const Run& run, Context& context)
{
    if (run.ran == Ran::cannot_tell ? !context.log_warn_skipped : run.ran != Ran::all_true || run.texts.log.empty() || run.says_what_client_hears)
        return;
    std::string line;
    if (const auto* message = context.scene.message; message && !message->id.empty())
        line = std::string(message->id) + " ";
    if (context.scene.origin)
        line += mail::host_and_ident(*context.scene.origin) + " ";
    line += "Warning: ";
    if (run.ran == Ran::all_true)
        line += log::shown(run.texts.log, true);
    else
        line += "ACL \"warn\" statement skipped: condition test deferred" +
                (run.texts.log.empty() ? "" : ": " + escape(run.texts.log, true));
    if (is_new(line, context))
        log::main(line);
}

// Where there is a message to throw away. Elsewhere the verb would let in what it is to keep out.
constexpr std::uint32_t where_discard = where_mail | where_rcpt | where_mime | where_dkim | where_data | where_prdr |
                                        where_not_smtp | where_not_smtp_mime;

Outcome discards_nothing(const Run& run, const Statement& statement, const Context& context)
{
    log::alarm("\"discard\" verb not allowed in " + std::string(where_name(context.where)) + " ACL (" +
               statement.origin.text() + ")");
    return outcome(Outcome::Verdict::defer, run, statement);
}

// What a statement decides, or nothing: the next one runs.
std::optional<Outcome> decide(const Statement& statement, const Run& run, Context& context)
{
    using V = Outcome::Verdict;
    if (run.ran == Ran::broken)
        return Outcome{.verdict = V::defer, .log_text = run.why, .decided_by = statement.origin, .is_broken = !run.is_temporary};
    if (statement.verb == Verb::warn) {
        log_warning(run, context);
        add_warning(run, context);
        return {};
    }
    if (run.ran == Ran::cannot_tell)
        return outcome(V::defer, run, statement);
    const bool all = run.ran == Ran::all_true;
    const bool discards = statement.verb == Verb::discard || context.scene.find_fact(discarded_by_nested);
    switch (statement.verb) {
    case Verb::accept:
    case Verb::discard:
        if (all && discards && !(context.where & where_discard))
            return discards_nothing(run, statement, context);
        if (all)
            return outcome(discards ? V::discard : V::accept, run, statement);
        if (run.ran == Ran::some_false_after_endpass)
            return outcome(V::deny, run, statement);
        return {};
    case Verb::defer:
        return all ? std::optional{outcome(V::defer, run, statement)} : std::nullopt;
    case Verb::deny:
        return all ? std::optional{outcome(V::deny, run, statement)} : std::nullopt;
    case Verb::drop:
        return all ? std::optional{outcome(V::drop, run, statement)} : std::nullopt;
    case Verb::require:
        return all ? std::nullopt : std::optional{outcome(V::deny, run, statement)};
    case Verb::warn:
        break;
    }
    return {};
}

}

Error not_expanded(const expand::Expression& text, const Error& why)
{
    return misconfigured("failed to expand ACL string \"" + escape(text.source(), true) + "\": " + why.text);
}

std::string_view where_name(Where where)
{
    for (std::size_t i = 0; i < where_names.size(); ++i)
        if (where == (1u << i))
            return where_names[i];
    return "unknown";
}

constexpr std::string_view of_no_condition = "its argument is forced to fail";

Error passed_over()
{
    return permanent(std::string(of_no_condition), Cause::forced_fail);
}

bool is_passed_over(const Error& error)
{
    return error.cause == Cause::forced_fail && error.text == of_no_condition;
}

Status TextAction::act(Context& context) const
{
    auto words = text_.expand(context.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return {};
    if (!words)
        return not_expanded(text_, words.error());
    return with(context, *words);
}

// The configuration itself says that this is an ACL. A newline that expansion would make is not there yet.
bool begins_with_verb(std::string_view text)
{
    text = trim(text);
    if (text.find("\\n") != std::string_view::npos)
        return false;
    const auto word = text.substr(0, text.find_first_of(" \t\n"));
    for (int verb = 0; verb <= static_cast<int>(Verb::warn); ++verb)
        if (word == verb_name(static_cast<Verb>(verb)))
            return true;
    return false;
}

void Acls::add(const config::Acl& source, config::Problems& problems)
{
    acls_.insert_or_assign(source.name, parse_acl(source, language_, words_, problems));
}

Acls::Acls(const expand::Language& language, Words words)
    : language_(language), words_(std::move(words)), files_(std::make_unique<AclFiles>())
{
}

Acls::~Acls() = default;

// From a file, or in line.
Result<Acl> Acls::parse(const std::string& name, std::string_view text) const
{
    config::Acl source{.name = name.starts_with('/') ? name : "in line"};
    for (auto& line : logical_lines(text))
        source.lines.push_back({.text = std::move(line)});
    config::Problems problems;
    const auto first = source.lines.empty() ? std::string_view{} : trim(source.lines.front().text);
    if (const auto word = first.substr(0, first.find_first_of(" \t")); !first.empty() && !is_verb(word))
        return misconfigured("unknown ACL verb \"" + escape(word) + "\" in \"" + escape(first) + "\"");
    auto acl = parse_acl(source, language_, words_, problems);
    if (problems.has_errors())
        return misconfigured("ACL \"" + escape(name) + "\": " + problems.all().front().reason);
    return acl;
}

// A name of the configuration, a file's, or an ACL in line; what a stranger wrote is neither. `own` holds what is not
// the configuration's.
Result<const Acl*> Acls::find(const Text& text, const expand::Expression* written_as, std::shared_ptr<const Acl>& own) const
{
    auto name = std::string(trim(text.text));
    if (const auto at = acls_.find(name); at != acls_.end())
        return &at->second;
    if (text.tainted() && written_as && begins_with_verb(written_as->source()))
        name = std::string(trim(written_as->source()));
    else if (text.tainted())
        return misconfigured("ACL \"" + escape(name) + "\" does not exist, and a text from " + std::string(text.taint) +
                             " cannot be one (tainted)");
    if (name.starts_with('/'))
        own = TRY(files_->at(name, [this](const std::string& file, std::string_view lines) { return parse(file, lines); }));
    else
        own = std::make_shared<const Acl>(TRY(parse(name, name)));
    return own.get();
}

Outcome Acls::run(const Text& text, Context& context, const expand::Expression* written) const
{
    if (context.depth >= Context::most_depth)
        return {.verdict = Outcome::Verdict::defer, .log_text = "ACL nested too deep: possible loop", .is_broken = true};
    ++context.depth;
    std::shared_ptr<const Acl> own;
    auto acl = find(text, written, own);
    Outcome result{.verdict = Outcome::Verdict::deny}; // the implicit deny at the end (manual 44.4)
    bool is_decided = false;
    Texts last;
    if (!acl) {
        result = {.verdict = Outcome::Verdict::defer, .log_text = acl.error().text, .is_broken = true};
    } else {
        for (const auto& statement : (*acl)->statements) {
            if (log::debugging("acl"))
                log::debug("acl", "processing \"" + std::string(verb_name(statement.verb)) + "\" (" + statement.origin.text() + ")");
            const auto ran = Runner{context}.run(statement);
            if (auto decided = decide(statement, ran, context)) {
                result = std::move(*decided);
                is_decided = true;
                break;
            }
            // In the words of the last condition that failed; of one that would accept, with its message.
            const bool accepts = statement.verb == Verb::accept || statement.verb == Verb::discard;
            last = accepts ? ran.texts : context.texts;
        }
        if (!is_decided) {
            result.user_text = std::move(last.user);
            result.log_text = std::move(last.log);
        }
    }
    --context.depth;
    return result;
}

}
