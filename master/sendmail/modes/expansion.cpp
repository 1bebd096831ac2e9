// -be and -bem FILE: expands the arguments, or each line of standard input (manual 5.3).
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/text.h"
#include "master/sendmail/control.h"
#include "master/sendmail/lines.h"
#include "master/sendmail/one_shot.h"
#include "master/sendmail/taken_message.h"
#include "master/sendmail/test_message.h"
#include "master/sendmail/typed_macros.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

using Parsed = Result<expand::Expression>;

// What a batch has again and again, in its parsed form, macros replaced. A line is kept when it comes for the second
// time in a while: lines that all differ are parsed, expanded and gone while their memory is still warm.
class ParsedLines {
public:
    // Null when it is not kept: parse it, and call keep().
    const Parsed* find(std::string_view line)
    {
        hash_ = std::hash<std::string_view>{}(line);
        const auto& slot = slots_[hash_ % slots_.size()];
        return slot.parsed && slot.line == line ? &*slot.parsed : nullptr;
    }

    // The line that find() was asked for last. Valid until the next call.
    const Parsed* keep(std::string_view line, Parsed parsed)
    {
        auto& slot = slots_[hash_ % slots_.size()];
        if (std::exchange(slot.last_seen, hash_) != hash_)
            return &passing_.emplace(std::move(parsed));
        slot.line = line;
        return &slot.parsed.emplace(std::move(parsed));
    }

    void clear() { slots_.assign(slots_.size(), {}); }

private:
    struct Slot {
        std::size_t last_seen = 0;
        std::string line;
        std::optional<Parsed> parsed;
    };

    std::vector<Slot> slots_ = std::vector<Slot>(1024);
    std::optional<Parsed> passing_;
    std::size_t hash_ = 0;
};

class Expander {
public:
    Expander(Workplace& place, expand::Scene& scene)
        : language_(place.world().ground().language), scene_(scene), macros_(place.configuration())
    {
    }

    // False when it could not be expanded.
    bool print(std::string_view line)
    {
        const auto* expression = parsed(line);
        if (!expression)
            return true; // a macro's definition
        auto words = *expression ? (*expression)->expand(scene_) : Result<Text>(expression->error());
        const auto& shown = words ? words->text : words.error().text;
        if (!words)
            say("Failed: ");
        say(shown.c_str()); // up to a zero octet, as Exim shows it
        say("\n");
        return static_cast<bool>(words);
    }

private:
    const Parsed* parsed(std::string_view line)
    {
        if (const auto* known = known_.find(line))
            return known;
        std::string text{line};
        if (!macros_.replace_in(text)) {
            known_.clear(); // what a line means may have changed
            return nullptr;
        }
        return known_.keep(line, language_.parse_now(text, scene_.world.limits));
    }

    const expand::Language& language_;
    expand::Scene& scene_;
    TypedMacros macros_;
    ParsedLines known_;
};

// -Mset ID: a message of the queue, told by the suite; one is started where none runs.
Result<qmgr::ShowReply> queued_message(const Options& options)
{
    const auto instance = TRY(find_instance(options));
    std::optional<OneShot> suite;
    if (OneShot::is_wanted(options, instance))
        suite.emplace(TRY(OneShot::start(options, instance)));
    else
        TRY(become_real_user());
    const auto& id = options.values.find("-Mset")->second;
    TRY(check_ids({id}, "-Mset"));
    auto shown = TRY(ask(instance, qmgr::Show{.id = id, .content = true}, short_wait));
    if (shown.large)
        return permanent("-Mset: the body of " + id + " is in a file of its own, which is not read for an expansion");
    return shown;
}

int expand_lines(Workplace& place, expand::Scene& scene)
{
    const auto& options = place.options();
    Expander expander{place, scene};
    if (!options.arguments.empty()) {
        bool good = true;
        for (const auto& text : options.arguments)
            good &= expander.print(text);
        say_now();
        return good ? 0 : 1;
    }
    for (std::string_view line; prompt_for_view(line);)
        expander.print(line);
    say_now();
    return 0;
}

int expand_for(Workplace& place, const qmgr::ShowReply& queued)
{
    TestMessage letter;
    letter.headers = replace_all(queued.headers, "\r\n", "\n");
    letter.body = replace_all(queued.body, "\r\n", "\n");
    const auto& envelope = queued.envelope;
    auto facts = letter.facts(envelope.sender);
    facts.id = envelope.id;
    facts.body_lines = envelope.body_lines;
    facts.longest_line = envelope.longest_line;
    facts.received = envelope.received / 1'000'000;
    std::vector<std::string> recipients;
    for (const auto& recipient : envelope.recipients)
        recipients.push_back(recipient.address);
    facts.recipients = &recipients;
    router::MessageScene message{place.world(), envelope.origin, envelope.variables, facts};
    message.message().is_first_delivery = false; // nothing is delivered here
    return expand_lines(place, message.scene());
}

// With a message from a file, as it would be when it had been taken in.
int expand_with(Workplace& place, const std::string& file)
{
    auto read = TestMessage::read(file);
    if (!read) {
        std::fprintf(stderr, "exim: %s\n", read.error().text.c_str());
        return 1;
    }
    const TakenMessage taken{place, std::move(*read)};
    if (!taken.trouble.empty())
        return complain(misconfigured(taken.trouble));
    taken.tell();
    auto origin = place.origin();
    if (taken.sender_was_in_message)
        origin.authenticated_sender.clear();
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), origin, variables, taken.facts()};
    taken.describe(message.message());
    message.message().has_return_path = true; // empty, where no header has it
    message.message().is_first_delivery = false;
    message.message().recipients_are_shown = true;
    return expand_lines(place, message.scene());
}

int expand_all(Workplace& place)
{
    const auto& options = place.options();
    if (const auto file = options.values.find("-bem"); file != options.values.end())
        return expand_with(place, file->second);
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), place.origin(), variables, {.sender = place.sender()}};
    message.message().is_first_delivery = false; // nothing is delivered here
    message.message().has_return_path = true;    // and there is none
    return expand_lines(place, message.scene());
}

int expansion(const Options& options)
{
    if (options.values.contains("-Mset")) {
        const auto queued = queued_message(options);
        if (!queued)
            return complain(queued.error());
        return Workplace::run(options, Workplace::Needs::expansions,
                              [&](Workplace& place) { return expand_for(place, *queued); });
    }
    return Workplace::run(options, Workplace::Needs::expansions, expand_all);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-be", .run = expansion, .doc = "expand strings"}},
    RegisterMode{{.name = "-bem",
                  .run = expansion,
                  .value = Mode::Value::follows,
                  .doc = "expand strings for the message in a file"}},
    RegisterMode{{.name = "-Mset",
                  .run = [](const Options&) {
                      return complain(permanent("-Mset needs -be behind it"));
                  },
                  .value = Mode::Value::follows,
                  .doc = "with -be: expand strings for a message of the queue"}},
};

}
}
