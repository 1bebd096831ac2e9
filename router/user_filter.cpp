#include "router/user_filter.h"

#include "common/base/text.h"
#include "common/filter/filter.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/sieve/script.h"
#include "router/filter_actions.h"
#include "router/users_wish.h"

namespace gp::router {
namespace {

using filter::Action;

// Taken at the first run: a program is linked with what it is linked with.
const sieve::Words& sieve_words()
{
    static const auto words = sieve::Words::linked();
    return words;
}

struct ForbidRow {
    std::string_view option, word;
};
constexpr ForbidRow forbid_rows[] = {
    {"forbid_filter_dlfunc", "dlfunc"},     {"forbid_filter_existstest", "exists"},
    {"forbid_filter_existstest", "stat"},   {"forbid_filter_lookup", "lookup"},
    {"forbid_filter_perl", "perl"},         {"forbid_filter_readfile", "readfile"},
    {"forbid_filter_readsocket", "readsocket"}, {"forbid_filter_run", "run"},
};

// Words that act with the rights of this process; files can be looked at with the user's.
constexpr std::string_view powerful[] = {"dlfunc", "lookup", "perl", "readsocket", "run"};
constexpr std::string_view of_files[] = {"exists", "stat", "readfile"};

// The same in the user's own process, whose rights are the wall for files and look-ups.
constexpr std::string_view acting[] = {"dlfunc", "perl", "readsocket", "run"};

// The address that replies and errors_to are compared with.
std::string own_address(const Question& question)
{
    return std::string(question.local_part) + "@" + question.candidate.domain;
}

// What a script does not settle is kept: in the inbox, and not by a later router (manual 22, sieve_inbox). An error is told
// of when the message is delivered: its owner sees only that it was kept.
void keep_the_rest(filter::Outcome& outcome, const filter::Rules& rules, const Question& question)
{
    if (const auto error = std::exchange(outcome.text, {}); !error.empty() && question.delivers)
        log::warning("the Sieve filter of " + escape(own_address(question)) + " has an error, and mail is kept in " + rules.inbox + ": " + escape(error));
    if (!outcome.is_significant)
        outcome.actions.push_back({.kind = Action::Kind::save, .text = rules.inbox});
    outcome.is_significant = true;
}

// Words that a text may not use while it is run, and whose files it sees.
class Forbidding {
public:
    Forbidding(expand::Scene& scene, std::vector<std::string_view> words, expand::Files* files)
        : scene_(scene), before_(scene.forbidden), files_before_(scene.others_files)
    {
        scene_.forbidden.insert(scene_.forbidden.end(), words.begin(), words.end());
        if (!files)
            return;
        scene_.others_files = files;
        scene_.forbidden.push_back("run"); // it would run with the rights of exim_user, not with the user's
    }
    ~Forbidding()
    {
        scene_.forbidden = std::move(before_);
        scene_.others_files = files_before_;
    }
    Forbidding(const Forbidding&) = delete;
    Forbidding& operator=(const Forbidding&) = delete;

private:
    expand::Scene& scene_;
    std::vector<std::string_view> before_;
    expand::Files* const files_before_;
};

}

Result<UserFilter> UserFilter::read(const Ground& ground, const conf::Driver& instance)
{
    UserFilter made{ground};
    const auto& settings = instance.settings;
    made.allowed_ = settings.flag("allow_filter");
    made.forbids_exim_ = settings.flag("forbid_exim_filter");
    made.forbids_sieve_ = settings.flag("forbid_sieve_filter");
    auto& rules = made.rules_;
    rules.allow_fail = settings.flag("allow_fail");
    rules.allow_defer = settings.flag("allow_defer");
    rules.allow_freeze = settings.flag("allow_freeze");
    rules.forbid_file = settings.flag("forbid_file");
    rules.forbid_pipe = settings.flag("forbid_pipe");
    rules.forbid_reply = settings.flag("forbid_filter_reply");
    rules.forbid_logwrite = settings.flag("forbid_filter_logwrite");
    rules.prepends_home = settings.flag("filter_prepend_home");
    rules.inbox = settings.text("sieve_inbox");
    rules.sender_domain = ground.world.site.qualify_domain;
    for (const auto& row : forbid_rows)
        if (settings.flag(row.option))
            made.forbidden_.push_back(row.word);
    made.enotify_owner_ = TRY(expression_of(ground, instance, "sieve_enotify_mailto_owner"));
    made.subaddress_ = TRY(expression_of(ground, instance, "sieve_subaddress"));
    made.useraddress_ = TRY(expression_of(ground, instance, "sieve_useraddress"));
    made.vacation_directory_ = TRY(expression_of(ground, instance, "sieve_vacation_directory"));
    return made;
}

Result<filter::Rules> UserFilter::rules_for(const Question& question) const
{
    auto rules = rules_;
    rules.qualify_domain = ground_->world.site.qualify_recipient;
    rules.owner = own_address(question);
    rules.forbid_logwrite |= !question.runs_as_user; // nobody's log can be written
    const auto said = [&](const std::optional<expand::Expression>& option, std::string_view name) -> Result<std::optional<Text>> {
        if (!option)
            return std::optional<Text>{};
        auto words = option->expand(question.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return std::optional<Text>{};
        if (!words)
            return temporary("failed to expand \"" + option->source() + "\" for " + std::string(name) + ": " +
                             words.error().text);
        return std::optional<Text>{std::move(words).take()};
    };
    if (auto text = TRY(said(enotify_owner_, "sieve_enotify_mailto_owner")))
        rules.enotify_mailto_owner = std::move(text->text);
    if (auto text = TRY(said(subaddress_, "sieve_subaddress"))) {
        rules.subaddress = std::move(text->text);
        rules.has_subaddress = true;
    }
    if (auto text = TRY(said(useraddress_, "sieve_useraddress"))) {
        rules.useraddress = std::move(text->text);
        rules.has_useraddress = true;
    }
    if (auto text = TRY(said(vacation_directory_, "sieve_vacation_directory"))) {
        if (text->tainted())
            return misconfigured("Tainted name '" + escape(text->text) + "' for sieve_vacation_directory not permitted: " +
                                 "it comes from " + std::string(text->taint));
        rules.vacation_directory = std::move(text->text);
        rules.has_vacation = true;
    }
    return rules;
}

Result<filter::Outcome> UserFilter::outcome_of(const Question& question, const std::string& text,
                                               filter::Language language, const filter::Rules& rules) const
{
    if (language == filter::Language::exim) {
        const auto parsed = TRY(filter::Filter::parse(text, linked_filter_words(), rules));
        return parsed.run({.scene = question.scene, .rules = rules, .journal = question.delivers ? question.users_files : nullptr});
    }
    const auto script = sieve::Script::parse(text, sieve_words(), rules);
    sieve::Surroundings around{.scene = question.scene, .rules = rules, .body = {}};
    if (!question.body_start.empty())
        around.body = [&] { return Result<std::string>(replace_all(std::string(question.body_start), "\r\n", "\n")); };
    auto outcome = TRY(script.obey(around));
    keep_the_rest(outcome, rules, question);
    return outcome;
}

Decision UserFilter::decision_of(const Question& question, filter::Outcome outcome) const
{
    using End = filter::Outcome::End;
    // A freeze counts no more when an administrator has thawed the message (manual 47.5).
    if (outcome.end == End::frozen && question.scene.message && question.scene.message->is_manually_thawed)
        outcome.end = End::finished;
    Decision decision{.kind = Decision::Kind::redirected, .text = std::move(outcome.text)};
    for (auto& action : outcome.actions)
        decision.children.push_back(candidate_of_action(std::move(action)));
    switch (outcome.end) {
    case End::failed:
        decision.kind = Decision::Kind::failed;
        decision.is_forced = true;
        break;
    case End::frozen:
        decision.freeze = true;
        [[fallthrough]];
    case End::deferred:
        decision.kind = Decision::Kind::deferred;
        decision.is_forced = true;
        break;
    case End::finished:
        decision.goes_on = !outcome.is_significant;
        if (decision.goes_on && decision.children.empty())
            return Decision::declined();
        if (decision.children.empty()) { // seen finish, and nothing else: thrown away, by Exim's word for it
            decision = Decision::discarded();
            decision.text = "discarded";
        }
    }
    return decision;
}

Status UserFilter::check_language(filter::Language language) const
{
    if (language == filter::Language::exim ? forbids_exim_ : forbids_sieve_)
        return temporary(language == filter::Language::exim ? "Exim filtering not enabled" : "Sieve filtering not enabled");
    return {};
}

Result<filter::Outcome> UserFilter::outcome_of_user(const Question& question, const std::string& path,
                                                    filter::Language language, const filter::Rules& rules) const
{
    auto asked = question_about(question, path, ground_->parameters.alias_size_max);
    asked.language = language == filter::Language::exim ? launcher::InterpretQuestion::Language::exim
                                                        : launcher::InterpretQuestion::Language::sieve;
    asked.rules = rules;
    asked.forbidden.assign(forbidden_.begin(), forbidden_.end());
    for (const auto word : acting)
        asked.forbidden.emplace_back(word);
    auto outcome = TRY(answer_of(question.users_files->obey(std::move(asked)))).outcome;
    if (language == filter::Language::sieve)
        keep_the_rest(outcome, rules, question);
    return outcome;
}

Result<Decision> UserFilter::run_as_user(const Question& question, const std::string& path, filter::Language language) const
{
    TRY(check_language(language));
    return decision_of(question, TRY(outcome_of_user(question, path, language, TRY(rules_for(question)))));
}

Result<Decision> UserFilter::run(const Question& question, const std::string& text, filter::Language language,
                                 bool is_foreign) const
{
    TRY(check_language(language));
    const auto rules = TRY(rules_for(question));
    auto words = forbidden_;
    if (is_foreign)
        words.insert(words.end(), std::begin(powerful), std::end(powerful));
    if (is_foreign && !question.users_files)
        words.insert(words.end(), std::begin(of_files), std::end(of_files));
    const Forbidding guard{question.scene, std::move(words), question.users_files};
    return decision_of(question, TRY(outcome_of(question, text, language, rules)));
}

}
