// -brw and -brt: what the rewriting rules make of an address, and which retry rule is for one (manual 5.3).
#include <cstdio>

#include "common/base/text.h"
#include "common/mail/address_parser.h"
#include "conf/compile.h"
#include "master/sendmail/workplace.h"
#include "qmgr/error_names.h"
#include "qmgr/regex.h"
#include "qmgr/retry_rules.h"
#include "router/message_scene.h"
#include "router/retry_lists.h"

namespace gp::sendmail {
namespace {

int wants(std::string_view mode, std::string_view what)
{
    std::fprintf(stderr, "%.*s needs %.*s argument\n", static_cast<int>(mode.size()), mode.data(), static_cast<int>(what.size()),
                 what.data());
    return 1;
}

// Places where addresses have no domain yet get ours.
std::string qualified(const Workplace& place, const std::string& address)
{
    return address.find('@') == std::string::npos ? address + "@" + place.configuration().main.identity.qualify_domain : address;
}

int show_rewriting(Workplace& place)
{
    const auto& arguments = place.options().arguments;
    if (arguments.empty())
        return wants("-brw", "an address");
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), place.origin(), variables, {}};
    // Exim looks at the first one only.
    std::fputs(rewrite::test_lines(place.world().ground().rewriting, message.scene(), qualified(place, arguments.front())).c_str(),
               stdout);
    return 0;
}

// "1.5", "2.0", "1.555"
std::string factor_text(std::int64_t thousandths)
{
    auto fraction = std::to_string(1000 + thousandths % 1000).substr(1);
    while (fraction.size() > 1 && fraction.ends_with('0'))
        fraction.pop_back();
    return std::to_string(thousandths / 1000) + "." + fraction;
}

// Exim has names for these alone when it shows a rule.
std::string_view shown_error(const std::string& error)
{
    constexpr std::string_view shown[] = {"auth_failed", "refused", "timeout", "quota"};
    for (const auto word : shown)
        if (error.starts_with(word))
            return error;
    return "*";
}

void print_rule(const conf::RetryRule& rule)
{
    std::string text = "Retry rule: " + rule.pattern + "  " + std::string(shown_error(rule.error)) + "  ";
    for (const auto& step : rule.steps) {
        text += std::string(1, step.algorithm) + "," + format_duration(step.until) + "," + format_duration(step.interval);
        if (step.algorithm == 'G')
            text += "," + factor_text(step.factor);
        text += "; ";
    }
    std::printf("%s\n", text.c_str());
}

struct RetryQuestion {
    std::string first, second, error;
};

RetryQuestion read_question(const std::vector<std::string>& arguments)
{
    RetryQuestion question{.first = arguments.front(), .second = {}, .error = {}};
    if (question.first.find_first_of("@.") == std::string::npos)
        std::printf("Warning: \"%s\" contains no '@' and no '.' characters. It is being \ntreated as a one-component domain, "
                    "not as a local part.\n\n",
                    escape(question.first).c_str());
    std::size_t at = 1;
    // The second is a domain when it has a dot.
    if (arguments.size() > at && arguments[at].find('.') != std::string::npos)
        question.second = arguments[at++];
    if (arguments.size() > at)
        question.error = arguments[at];
    return question;
}

// As router would answer qmgr. What cannot be told is no match, as in Exim.
qmgr::ListAnswers ask_lists(Workplace& place, const qmgr::RetryRules& rules, const RetryQuestion& question, const std::string& sender)
{
    qmgr::ListAnswers answers;
    const router::RetryLists lists{place.world().ground().language, place.configuration().retry};
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), place.origin(), variables, {}};
    router::MatchRetryLists asked{.patterns = rules.asked_patterns(), .senders = rules.asked_senders(), .subjects = {question.first}, .sender = sender};
    if (!question.second.empty())
        asked.subjects.push_back(question.second);
    const auto told = lists.answer(message.scene(), asked);
    std::size_t at = 0;
    for (const auto& subject : asked.subjects)
        for (const auto& pattern : asked.patterns)
            answers.keep(pattern, subject, told.patterns[at++] == router::is_in_list);
    for (std::size_t i = 0; i < asked.senders.size(); ++i)
        answers.keep(asked.senders[i], sender, told.senders[i] == router::is_in_list);
    if (!told.why.empty())
        std::fprintf(stderr, "exim: %s\n", told.why.c_str());
    return answers;
}

int show_retry_rule(Workplace& place)
{
    const auto& arguments = place.options().arguments;
    if (arguments.empty())
        return wants("-brt", "a domain or address");
    const auto question = read_question(arguments);
    if (!question.error.empty() && !qmgr::check_error_name(question.error)) {
        if (question.error.starts_with("quota_"))
            std::printf("bad time value\n");
        else
            std::printf("unknown or malformed retry error \"%s\"\n", escape(question.error).c_str());
        return 1;
    }
    const auto rules = qmgr::RetryRules::parse(conf::retry_lines(place.configuration()), qmgr::pcre_matcher());
    if (!rules) {
        std::fprintf(stderr, "exim: %s\n", rules.error().text.c_str());
        return 1;
    }
    const auto* sender = place.options().letter.sender_given ? &place.options().letter.sender : nullptr;
    const auto answers = ask_lists(place, *rules, question, sender ? *sender : "");
    const auto* rule = rules->find(question.first, question.second, question.error, sender ? *sender : "", &answers);
    if (rule)
        print_rule(place.configuration().retry[static_cast<std::size_t>(rule - &(*rules)[0])]);
    else
        std::printf("No retry information found\n");
    return 0;
}

int rewriting(const Options& options)
{
    return Workplace::run(options, Workplace::Needs::expansions, show_rewriting);
}

int retrying(const Options& options)
{
    return Workplace::run(options, Workplace::Needs::expansions, show_retry_rule);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-brw", .run = rewriting, .doc = "what rewriting makes of an address, in each place"}},
    RegisterMode{{.name = "-brt", .run = retrying, .doc = "the retry rule for an address or domain, and an error"}},
};

}
}
