// -bf FILE and -bF FILE: what a user's filter, or the system filter, would do with the message on standard
// input (manual 5.3, filter manual 1.3). With both, the system filter runs first.
#include <cstdio>
#include <iterator>
#include <optional>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/filter/trial.h"
#include "common/log/log.h"
#include "common/sieve/script.h"
#include "master/sendmail/taken_message.h"
#include "master/sendmail/test_message.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t largest_filter = 1024 * 1024;

void print(std::string_view line)
{
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
}

void explain(std::string_view line)
{
    std::fprintf(stderr, " %.*s\n", static_cast<int>(line.size()), line.data());
}

// What a script wants done, as Exim's debugging output words it.
std::string words_of(const filter::Action& action)
{
    using Kind = filter::Action::Kind;
    if (action.kind == Kind::save)
        return "fileinto `" + action.text + "'";
    if (action.kind == Kind::deliver)
        return "redirect `" + action.text + "'";
    const auto& reply = action.reply;
    return std::string(reply.is_vacation ? "vacation" : "notify") + " to `" + reply.to + "' from `" + reply.from + "' subject `" + reply.subject + "'";
}

// Standard input up to its end, or to a dot alone.
std::string read_message(bool dot_ends)
{
    std::string all;
    char buffer[8192];
    for (std::size_t got; all.size() < TestMessage::largest && (got = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
        all.append(buffer, got);
    if (!dot_ends)
        return all;
    if (all.starts_with(".\n"))
        return {};
    if (const auto dot = all.find("\n.\n"); dot != std::string::npos)
        all.resize(dot + 1);
    return all;
}

class FilterTest {
public:
    explicit FilterTest(Workplace& place) : place_(place), options_(place.options()) {}
    int run();

private:
    Result<std::string> text_of(std::string_view option) const;
    void read_recipient();
    void tell_envelope() const;
    bool try_one(std::string_view option, const std::string& text);
    // For who wants to know more (-v, -d+filter).
    void explain_more(std::string_view line) const
    {
        if (options_.verbose)
            explain(line);
        log::debug("filter", line);
    }
    bool try_sieve(const std::string& text, filter::Rules rules, router::MessageScene& message) const;
    filter::Rules rules_for(std::string_view option) const;

    Workplace& place_;
    const Options& options_;
    std::optional<TakenMessage> taken_;
    std::string local_part_, domain_, home_;
    std::vector<std::string> recipients_;
    std::vector<std::int32_t> numbers_ = std::vector<std::int32_t>(10); // $sn0 …
};

Result<std::string> FilterTest::text_of(std::string_view option) const
{
    const auto file = options_.values.find(option);
    if (file == options_.values.end())
        return std::string{};
    auto text = config::read_file(file->second, largest_filter);
    if (!text)
        return permanent("failed to open " + file->second + ": " +
                         text.error().text.substr(text.error().text.rfind(": ") == std::string::npos
                                                      ? 0
                                                      : text.error().text.rfind(": ") + 2));
    return text;
}

void FilterTest::read_recipient()
{
    const auto& site = place_.world().expansions().site;
    local_part_ = options_.filter_local_part.empty() ? place_.origin().login : options_.filter_local_part;
    domain_ = options_.filter_domain.empty() ? site.qualify_recipient : options_.filter_domain;
    if (const auto user = router::find_user(place_.origin().uid); user && *user)
        home_ = (*user)->home;
    recipients_ = {options_.filter_prefix + local_part_ + options_.filter_suffix + "@" + domain_};
}

void FilterTest::tell_envelope() const
{
    taken_->tell();
    if (taken_->has_return_path)
        print("Return-path = " + (taken_->return_path.empty() ? "<>" : taken_->return_path));
    else
        print("Return-path copied from sender");
    print("Sender      = " + (taken_->sender.empty() ? "<>" : taken_->sender));
    print("Recipient   = " + recipients_[0]);
    if (!options_.filter_prefix.empty())
        print("Prefix    = " + options_.filter_prefix);
    if (!options_.filter_suffix.empty())
        print("Suffix    = " + options_.filter_suffix);
}

filter::Rules FilterTest::rules_for(std::string_view option) const
{
    filter::Rules rules;
    rules.is_system = option == "-bF";
    rules.qualify_domain = place_.world().expansions().site.qualify_recipient;
    rules.owner = local_part_ + "@" + domain_;
    rules.has_vacation = true;
    return rules;
}

bool FilterTest::try_sieve(const std::string& text, filter::Rules rules, router::MessageScene& message) const
{
    print("Testing Sieve filter file \"" + options_.values.find("-bf")->second + "\"\n");
    const auto script = sieve::Script::parse(text, sieve::Words::linked(), rules);
    const auto outcome =
        script.run({.scene = message.scene(), .rules = rules, .body = [&] { return Result<std::string>(taken_->letter.body); }});
    if (!outcome) {
        print("Sieve error: " + outcome.error().text);
        return true;
    }
    for (const auto& action : outcome->actions)
        explain_more(escape(words_of(action)));
    print(outcome->is_significant ? "No implicit keep" : "Implicit keep");
    return true; // Exim's exit status is 0 either way
}

bool FilterTest::try_one(std::string_view option, const std::string& text)
{
    const auto rules = rules_for(option);
    const std::vector<mail::Variable> variables;
    auto facts = taken_->facts();
    facts.recipients = &recipients_;
    router::MessageScene message{place_.world(), place_.origin(), variables, facts};
    taken_->describe(message.message());
    message.message().received_for = {};
    message.message().is_first_delivery = true;
    const expand::Address address{.local_part = local_part_,
                                  .domain = domain_,
                                  .local_part_prefix = options_.filter_prefix,
                                  .local_part_suffix = options_.filter_suffix,
                                  .original_local_part = local_part_,
                                  .original_domain = domain_,
                                  .home = home_};
    message.scene().address = &address;
    for (std::size_t i = 0; i < numbers_.size(); ++i)
        message.scene().facts.set("sn" + std::to_string(i), Text::clean(std::to_string(numbers_[i])));
    if (!rules.is_system && filter::language_of(text) == filter::Language::sieve)
        return try_sieve(text, rules, message);
    filter::Trial trial{.file = options_.values.find(option)->second,
                        .text = text,
                        .scene = message.scene(),
                        .rules = rules,
                        .words = filter::Words::linked(),
                        .print = print};
    if (options_.verbose || log::debugging("filter"))
        trial.explain = [this](std::string_view line) { explain_more(line); };
    trial.read = [](const std::string& path) { return config::read_file(path, largest_filter); };
    auto tried = filter::try_out(trial);
    if (rules.is_system && !tried.outcome.numbers.empty()) {
        numbers_ = tried.outcome.numbers;
        taken_->letter.headers = filter::edited(tried.outcome.header_edits, taken_->letter.headers);
    }
    return tried.is_good;
}

int FilterTest::run()
{
    const auto system = text_of("-bF");
    const auto user = text_of("-bf");
    for (const auto* text : {&system, &user})
        if (!*text) {
            std::fprintf(stderr, "exim: %s\n", text->error().text.c_str());
            return 1;
        }
    const auto message = read_message(options_.dot_ends);
    taken_.emplace(place_, TestMessage::parse(message));
    if (!taken_->trouble.empty()) {
        std::fprintf(stderr, "exim: %s\n", taken_->trouble.c_str());
        return 1;
    }
    read_recipient();
    tell_envelope();
    bool good = true;
    if (options_.values.contains("-bF"))
        good = try_one("-bF", *system);
    if (good && options_.values.contains("-bf"))
        good = try_one("-bf", *user);
    return good ? 0 : 1;
}

int test_filter(const Options& options)
{
    return Workplace::run(options, Workplace::Needs::expansions, [](Workplace& place) { return FilterTest(place).run(); });
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bf", .run = test_filter, .value = Mode::Value::follows, .doc = "test a user's filter"}},
    RegisterMode{{.name = "-bF", .run = test_filter, .value = Mode::Value::follows, .doc = "test the system filter"}},
};

}
}
