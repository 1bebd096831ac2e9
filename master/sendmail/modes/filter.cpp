// -bf FILE and -bF FILE: what a user's filter, or the system filter, would do with the message on standard
// input (manual 5.3, filter manual 1.3). With both, the system filter runs first.
#include <cstdio>
#include <iterator>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/filter/trial.h"
#include "common/mail/address_parser.h"
#include "common/mail/date.h"
#include "common/mail/header_list.h"
#include "common/mail/message_id.h"
#include "common/sieve/script.h"
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
    void read_envelope();
    void complete_headers();
    void tell_envelope() const;
    bool try_one(std::string_view option, const std::string& text);
    bool try_sieve(const std::string& text, filter::Rules rules, router::MessageScene& message) const;
    filter::Rules rules_for(std::string_view option) const;

    Workplace& place_;
    const Options& options_;
    TestMessage letter_;
    std::string id_, sender_, return_path_, full_name_;
    bool has_return_path_ = false, sender_was_in_message_ = false, had_headers_ = true;
    std::size_t size_ = 0;
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

// Who the message is from and for; a Return-path: header is believed (manual 5.3, -bf).
void FilterTest::read_envelope()
{
    const auto& site = place_.world().expansions().site;
    sender_ = place_.sender();
    sender_was_in_message_ = !letter_.sender.empty() && !options_.letter.sender_given;
    if (sender_was_in_message_)
        sender_ = letter_.sender;
    auto parsed = mail::HeaderList::parse(letter_.headers + "\n");
    if (parsed) {
        auto& headers = parsed->headers;
        headers.set_line_end("\n");
        if (const auto* header = headers.find("return-path")) {
            has_return_path_ = true;
            const auto value = header->value();
            const auto address = mail::parse_address(value, {.allow_null = true});
            return_path_ = address ? address->address : std::string(trim(value));
            headers.remove("return-path");
            letter_.headers = headers.text();
        }
    }
    const auto user = router::find_user(place_.origin().uid);
    local_part_ = options_.filter_local_part.empty() ? place_.origin().login : options_.filter_local_part;
    domain_ = options_.filter_domain.empty() ? site.qualify_recipient : options_.filter_domain;
    if (user && *user) {
        home_ = (*user)->home;
        full_name_ = (*user)->gecos.substr(0, (*user)->gecos.find(','));
    }
    recipients_ = {options_.filter_prefix + local_part_ + options_.filter_suffix + "@" + domain_};
}

// What a message has that was taken in: Message-Id:, From:, Date:.
void FilterTest::complete_headers()
{
    const SystemClock clock;
    id_ = mail::MessageIdGenerator(clock).next();
    const expand::Headers had(letter_.headers);
    const bool has_id = had.has("message-id"), has_from = had.has("from"), has_date = had.has("date");
    if (!has_id)
        letter_.headers += "Message-Id: <E" + id_ + "@" + place_.world().expansions().site.primary_hostname + ">\n";
    const bool is_own = sender_ == place_.origin().login + "@" + place_.world().expansions().site.qualify_domain;
    if (!has_from && !sender_.empty())
        letter_.headers += "From: " + (is_own && !full_name_.empty() ? full_name_ + " <" + sender_ + ">" : sender_) + "\n";
    if (!has_date)
        letter_.headers += "Date: " + mail::format_date(clock.seconds()) + "\n";
}

void FilterTest::tell_envelope() const
{
    if (sender_was_in_message_)
        print("Sender taken from \"From \" line");
    if (!had_headers_)
        print("Warning: no message headers read");
    if (has_return_path_) {
        print("Return-path taken from \"Return-path:\" header line");
        print("Return-path = " + (return_path_.empty() ? "<>" : return_path_));
    } else {
        print("Return-path copied from sender");
    }
    print("Sender      = " + (sender_.empty() ? "<>" : sender_));
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
        script.run({.scene = message.scene(), .rules = rules, .body = [&] { return Result<std::string>(letter_.body); }});
    if (!outcome)
        print("Sieve error: " + outcome.error().text);
    else
        print(outcome->is_significant ? "No implicit keep" : "Implicit keep");
    return true; // Exim's exit status is 0 either way
}

bool FilterTest::try_one(std::string_view option, const std::string& text)
{
    const auto rules = rules_for(option);
    const std::vector<mail::Variable> variables;
    auto facts = letter_.facts({});
    facts.id = id_;
    facts.sender = sender_;
    facts.recipients = &recipients_;
    facts.size = size_;
    router::MessageScene message{place_.world(), place_.origin(), variables, facts};
    message.message().body_size = static_cast<std::int64_t>(letter_.body.size());
    message.message().received_count = 1;
    message.message().received_for = {};
    message.message().has_return_path = has_return_path_;
    message.message().return_path = return_path_;
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
    if (options_.verbose)
        trial.explain = explain;
    trial.read = [](const std::string& path) { return config::read_file(path, largest_filter); };
    auto tried = filter::try_out(trial);
    if (rules.is_system && !tried.outcome.numbers.empty()) {
        numbers_ = tried.outcome.numbers;
        letter_.headers = filter::edited(tried.outcome.header_edits, letter_.headers);
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
    letter_ = TestMessage::parse(message);
    had_headers_ = !letter_.headers.empty();
    size_ = letter_.headers.size() + 1 + letter_.body.size();
    read_envelope();
    complete_headers();
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
