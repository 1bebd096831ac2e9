// An ACL on a bench: parsed from its text, run against a scene that a test sets up.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "tests/unit/expand/ground.h"

namespace gp::acl {

// Counts in memory; a rate is the number of times that a key was counted.
class MemoryCounts final : public Counts {
public:
    Result<RateAnswer> rate(const RateQuestion& question) override
    {
        asked.push_back(question);
        if (!question.readonly)
            rates[question.key] += question.count;
        return RateAnswer{rates[question.key]};
    }
    Result<bool> seen(const SeenQuestion& question) override
    {
        seen_asked.push_back(question);
        return !keys.insert(question.key).second;
    }
    std::map<std::string, double> rates;
    std::set<std::string> keys;
    std::vector<RateQuestion> asked;
    std::vector<SeenQuestion> seen_asked;
};

class Bench {
public:
    explicit Bench(std::string_view zone = "") : ground(zone), acls(ground.language, Words::linked())
    {
        ground.origin.host_address = "192.0.2.7";
        ground.host = match::Host{"192.0.2.7"};
    }

    // What was wrong with the text; empty when nothing was.
    std::string add(std::string_view text, std::string name = "main")
    {
        config::Acl source{.name = std::move(name)};
        for (auto line : split(text, '\n'))
            source.lines.push_back({.text = std::string(line)});
        config::Problems problems;
        acls.add(source, problems);
        return problems.has_errors() ? problems.all().front().reason : std::string{};
    }

    Outcome run(Where where = where_rcpt)
    {
        Outcome outcome;
        event::Loop loop;
        (void)loop.spawn("acl", [&] {
            Context context{.scene = ground.scene, .where = where, .state = state, .acls = acls};
            ground.scene.acl_variables = &state.variables;
            context.counts = &counts;
            context.scanners = scanners;
            context.spf_guess = spf_guess;
            context.spamd_address.text = context.av_scanner.text = "the servers";
            context.resolver = &ground.resolver;
            context.sender = ground.message.sender;
            context.recipient = recipient;
            context.headers = headers;
            context.address = &address;
            context.local_part_caseful = "Joe";
            context.local_part_lower = "joe";
            ground.scene.address = &address;
            outcome = written ? acls.run(*written->expand(context.scene), context, &*written) : acls.run(Text::clean("main"), context);
            delay_ms = context.delay_ms;
        });
        loop.run_until_idle();
        return outcome;
    }
    // "accept", "deny: text", "defer: text" …: the verdict, and what the client hears.
    std::string verdict(std::string_view text, Where where = where_rcpt)
    {
        if (const auto wrong = add(text); !wrong.empty())
            return "error: " + wrong;
        const auto outcome = run(where);
        constexpr std::string_view names[] = {"accept", "deny", "defer", "discard", "drop"};
        const std::string name{names[static_cast<std::size_t>(outcome.verdict)]};
        return outcome.user_text.empty() ? name : name + ": " + outcome.user_text;
    }

    expand::Ground ground;
    Acls acls;
    MemoryCounts counts;
    Scanners* scanners = nullptr;
    std::string spf_guess;
    std::optional<expand::Expression> written; // what an option has instead of a name
    mail::PolicyState state;
    std::string recipient = "Joe@there.example", headers;
    expand::Address address{.local_part = "joe", .domain = "there.example"};
    std::uint32_t delay_ms = 0;
};

}
