// exiqgrep: the messages of the queue that match (manual 54.2).
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "common/base/number.h"
#include "common/lookup/regex.h"
#include "utilities/front_end.h"
#include "utilities/options.h"
#include "utilities/queue_listing.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "Exim message queue display utility.\n\n"
                                   "\t-h\t\tThis help message.\n"
                                   "\t-C FILE\t\tThe configuration of the instance.\n"
                                   "\t-E PROGRAM\tThe mail command to ask.\n\n"
                                   "Selection criteria:\n"
                                   "\t-f REGEXP\tMatch sender address (field is in angle brackets)\n"
                                   "\t-r REGEXP\tMatch recipient address\n"
                                   "\t-s REGEXP\tMatch against the size field from long output\n"
                                   "\t-y SECONDS\tMessage younger than\n"
                                   "\t-o SECONDS\tMessage older than\n"
                                   "\t-z\t\tFrozen messages only\n"
                                   "\t-x\t\tNon-frozen messages only\n"
                                   "\t-G QUEUE\tMatch in given queue only\n\n"
                                   "Display options:\n"
                                   "\t-c\t\tDisplay match count\n"
                                   "\t-l\t\tLong format [default]\n"
                                   "\t-i\t\tMessage ids only\n"
                                   "\t-b\t\tBrief format\n"
                                   "\t-R\t\tReverse order\n"
                                   "\t-a\t\tAll recipients (including delivered)\n";

const std::vector<OptionRow> rows = {{'h', "help", false}, {'C', "", true},  {'E', "", true},  {'f', "", true},
                                     {'r', "", true},      {'s', "", true},  {'y', "", true},  {'o', "", true},
                                     {'z', "", false},     {'x', "", false}, {'G', "", true},  {'c', "", false},
                                     {'l', "", false},     {'i', "", false}, {'b', "", false}, {'R', "", false},
                                     {'a', "", false}};

struct Criteria {
    lookup::Regex sender, recipient, size;
    std::int64_t younger = -1, older = -1; // seconds; -1: any
    bool only_frozen = false, only_unfrozen = false;

    bool match(const QueueEntry& entry, std::int64_t now) const
    {
        const auto age = now - arrival_of(entry.id);
        if ((only_frozen && !entry.is_frozen) || (only_unfrozen && entry.is_frozen))
            return false;
        if ((younger >= 0 && age >= younger) || (older >= 0 && age <= older))
            return false;
        if (sender && !sender.matches(entry.sender).value_or(false))
            return false;
        if (size && !size.matches(entry.size).value_or(false))
            return false;
        return !recipient || std::ranges::any_of(entry.recipients, [&](const auto& one) {
            return recipient.matches(one).value_or(false);
        });
    }
};

Result<lookup::Regex> regex_of(const Options& options, char letter)
{
    const auto* text = options.find(letter);
    if (!text)
        return lookup::Regex{};
    return lookup::Regex::compile(*text, lookup::Regex::caseless);
}

Result<Criteria> criteria_of(const Options& options)
{
    Criteria criteria;
    criteria.sender = TRY(regex_of(options, 'f'));
    criteria.recipient = TRY(regex_of(options, 'r'));
    criteria.size = TRY(regex_of(options, 's'));
    if (const auto* seconds = options.find('y'))
        criteria.younger = TRY(parse_integer(*seconds));
    if (const auto* seconds = options.find('o'))
        criteria.older = TRY(parse_integer(*seconds));
    criteria.only_frozen = options.find('z');
    criteria.only_unfrozen = options.find('x');
    return criteria;
}

void print_one(const QueueEntry& entry, const Options& options)
{
    if (options.find('i')) {
        std::printf("%s\n", entry.id.c_str());
        return;
    }
    if (options.find('b')) {
        std::string all;
        for (const auto& recipient : entry.recipients)
            all += (all.empty() ? "" : ";") + recipient;
        std::printf("%s From: %s To: %s\n", entry.id.c_str(), entry.sender.c_str(), all.c_str());
        return;
    }
    // As the original does, without the login of who named this sender: scripts count the words.
    std::printf("%3s %5s %s %s%s\n", entry.age.c_str(), entry.size.c_str(), entry.id.c_str(), entry.sender.c_str(),
                entry.is_frozen ? " *** frozen ***" : "");
    for (const auto& recipient : entry.recipients)
        std::printf("\t  %s\n", recipient.c_str());
    std::printf("\n");
}

Result<std::vector<QueueEntry>> ask(const Call& call, const Options& options)
{
    std::vector<std::string> words;
    if (const auto* file = options.find('C'))
        words.insert(words.end(), {"-C", *file});
    words.emplace_back(options.find('a') ? "-bp" : "-bpu");
    if (const auto* queue = options.find('G'))
        words.push_back("-qG" + *queue);
    const auto* program = options.find('E');
    const auto text = TRY(output_of(program ? *program : mail_command(call.directory), words));
    return parse_queue_listing(text);
}

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    if (!options) {
        std::fputs(usage_text, stderr);
        return fail("exiqgrep", 1, options.error().text);
    }
    const bool selects = std::ranges::any_of(std::string_view("frsyozxc"), [&](char c) { return options->find(c); });
    if (options->find('h') || !selects) {
        std::fputs(usage_text, options->find('h') ? stdout : stderr);
        return options->find('h') ? 0 : 1;
    }
    const auto criteria = criteria_of(*options);
    if (!criteria)
        return fail("exiqgrep", 1, criteria.error().text);
    auto entries = ask(call, *options);
    if (!entries)
        return fail("exiqgrep", 1, entries.error().text);
    if (options->find('R'))
        std::ranges::reverse(*entries);
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    std::size_t count = 0;
    for (const auto& entry : *entries) {
        if (!criteria->match(entry, now))
            continue;
        ++count;
        if (!options->find('c'))
            print_one(entry, *options);
    }
    if (options->find('c'))
        std::printf("%zu matches out of %zu messages\n", count, entries->size());
    return 0;
}

const RegisterTool self{Tool{.name = "exiqgrep", .text = "the messages of the queue that match", .run = run}};

}

}
