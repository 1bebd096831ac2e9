// exinext: when an address, a host or a message is tried again, from the retry hints (manual 54.11).
#include <cstdio>
#include <set>

#include "common/base/text.h"
#include "common/mainlog/line.h"
#include "utilities/front_end.h"
#include "utilities/hints_file.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exinext [-C FILE] [-D…]… ADDRESS|DOMAIN|HOST|MESSAGE-ID…\n";

// What a record must name: keys for an exact match, hosts, and a message.
struct Wanted {
    std::set<std::string> keys;
    std::set<std::string> hosts; // names and addresses
    std::string message;

    bool is_met_by(std::string_view key) const
    {
        if (!message.empty())
            return key.ends_with(":" + message);
        if (keys.contains(std::string(key)))
            return true;
        if (!key.starts_with("T:"))
            return false;
        for (const auto& host : hosts)
            if (starts_nocase(key.substr(2), host + ":") || same_nocase(key.substr(2), host) ||
                key.find(":" + host + ":") != std::string_view::npos)
                return true;
        return false;
    }
};

// "  host mx.example [192.0.2.1] MX=10" lines of -bt.
void add_hosts(std::string_view text, Wanted& wanted)
{
    for (auto line : split(text, '\n')) {
        line = trim(line);
        if (!line.starts_with("host "))
            continue;
        line = trim(line.substr(5));
        const auto name = line.substr(0, line.find(' '));
        if (!name.empty())
            wanted.hosts.emplace(name);
    }
}

Wanted wanted_for(const Call& call, const std::vector<std::string>& options, const std::string& word)
{
    Wanted wanted;
    if (mainlog::id_length(word) == word.size()) {
        wanted.message = word;
        return wanted;
    }
    const auto at = word.rfind('@');
    const auto domain = lower(at == std::string::npos ? std::string_view(word) : std::string_view(word).substr(at + 1));
    wanted.keys = {"R:" + domain, "T:" + domain};
    if (at == std::string::npos)
        wanted.hosts.insert(domain);
    else
        wanted.keys.insert({"R:" + word, "T:" + word, "R:" + word.substr(0, at + 1) + domain, "T:" + word.substr(0, at + 1) + domain});
    auto words = options;
    words.insert(words.end(), {"-bt", at == std::string::npos ? "postmaster@" + domain : word});
    if (const auto routed = answer_of(mail_command(call.directory), words, ""))
        add_hosts(*routed, wanted);
    return wanted;
}

void show(std::string_view key, const hints::RetryRecord& record)
{
    std::printf("%s: %s error %d: %s\n  first failed: %s\n  last tried:   %s\n  next try at:  %s\n%s",
                key.starts_with("R:") ? "Route" : "Transport", escape(key.substr(2), true).c_str(), record.error_number,
                escape(record.text, true).c_str(), hint_time(record.first_failed, false).c_str(),
                hint_time(record.last_try, false).c_str(), hint_time(record.next_try, false).c_str(),
                record.expired ? "  past final cutoff time\n" : "");
}

int run(const Call& call)
{
    std::vector<std::string> options, subjects;
    std::string config;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const auto& word = call.arguments[i];
        if (word == "-C" && i + 1 < call.arguments.size()) {
            config = call.arguments[++i];
            options.insert(options.end(), {"-C", config});
        } else if (word.starts_with("-D"))
            options.push_back(word);
        else if (word.starts_with('-'))
            return std::fputs(usage_text, stderr), 1;
        else
            subjects.push_back(word);
    }
    if (subjects.empty())
        return std::fputs(usage_text, stderr), 1;
    const auto spool = spool_of(call.directory, config);
    if (!spool)
        return fail("exinext", 1, spool.error().text);
    for (const auto& subject : subjects) {
        const auto wanted = wanted_for(call, options, subject);
        bool any = false;
        const auto done = each_hint(hints_path(*spool, "retry"), [&](std::string_view key, std::string_view value) {
            const auto record = wanted.is_met_by(key) ? hints::decode_retry_record(value) : permanent("");
            if (record)
                any = true, show(key, *record);
        });
        if (!done && done.error().cause != Cause::not_found)
            return fail("exinext", 1, done.error().text);
        if (!any)
            std::printf("No retry data found for %s\n", subject.c_str());
    }
    return 0;
}

const RegisterTool self{Tool{.name = "exinext", .text = "when an address, host or message is tried again", .run = run}};

}

}
