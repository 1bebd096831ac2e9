// exiqsumm: the queue by destination domain, from `exim -bp` on standard input (manual 54.3).
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "common/base/text.h"
#include "common/mainlog/log_file.h"
#include "utilities/options.h"
#include "utilities/queue_listing.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim -bp | exiqsumm [-a] [-b] [-c] [-f] [-s]\n"
                                   "    -a  by age of the oldest   -c  by count   (else by domain)\n"
                                   "    -b  bounces apart   -f  frozen ones apart   -s  by sender's domain, too\n";

const std::vector<OptionRow> rows = {{'a', "", false}, {'b', "", false}, {'c', "", false},
                                     {'f', "", false}, {'s', "", false}, {'h', "help", false}};

struct Sum {
    std::string name;
    int count = 0;
    double volume = 0; // octets, as exact as the listing is
    std::string oldest, newest;

    void add(const QueueEntry& entry)
    {
        ++count;
        volume += octets_of_size(entry.size);
        if (oldest.empty() || seconds_of_age(entry.age) > seconds_of_age(oldest))
            oldest = entry.age;
        if (newest.empty() || seconds_of_age(entry.age) < seconds_of_age(newest))
            newest = entry.age;
    }
};

// Up to 9999 octets as they are, then in KB and MB.
std::string volume_text(double octets)
{
    const auto volume = static_cast<std::int64_t>(octets); // cut off, as the original does: 2.9K is 2969
    if (volume < 10000)
        return std::to_string(volume);
    if (volume < 10000 * std::int64_t{1024})
        return std::to_string((volume + 512) / 1024) + "KB";
    return std::to_string((volume + 524288) / 1048576) + "MB";
}

std::string domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    auto domain = lower(at == std::string_view::npos ? address : address.substr(at + 1));
    while (!domain.empty() && (domain.back() == '>' || domain.back() == ' '))
        domain.pop_back();
    return domain;
}

class Summary {
public:
    explicit Summary(const Options& options) : options_(options) { total_.name = "TOTAL"; }

    void add(const QueueEntry& entry)
    {
        for (const auto& recipient : entry.recipients) {
            if (recipient.starts_with("D "))
                continue;
            auto& sum = sums_[name_of(entry, recipient)];
            sum.add(entry);
            total_.add(entry);
        }
    }

    void print()
    {
        std::vector<Sum> ordered;
        for (auto& [name, sum] : sums_) {
            sum.name = name;
            ordered.push_back(sum);
        }
        if (options_.find('c'))
            std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) { return a.count > b.count; });
        else if (options_.find('a'))
            std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) {
                return seconds_of_age(a.oldest) > seconds_of_age(b.oldest);
            });
        std::printf("\nCount  Volume  Oldest  Newest  Domain\n-----  ------  ------  ------  ------\n\n");
        for (const auto& sum : ordered)
            print_line(sum);
        std::printf("---------------------------------------------------------------\n");
        if (total_.count == 0)
            total_.oldest = total_.newest = "0m";
        print_line(total_);
        std::printf("\n");
    }

private:
    std::string name_of(const QueueEntry& entry, std::string_view recipient) const
    {
        std::string name;
        if (options_.find('s'))
            name = (entry.sender == "<>" ? "<>" : domain_of(entry.sender)) + " > ";
        name += domain_of(recipient);
        if (options_.find('b') && entry.sender == "<>")
            name += " (b)";
        if (options_.find('f') && entry.is_frozen)
            name += " (f)";
        return name;
    }

    static void print_line(const Sum& sum)
    {
        std::printf("%5d  %6s  %6s  %6s  %s\n", sum.count, volume_text(sum.volume).c_str(), sum.oldest.c_str(),
                    sum.newest.c_str(), sum.name.c_str());
    }

    const Options& options_;
    std::map<std::string, Sum> sums_;
    Sum total_;
};

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    if (!options) {
        std::fputs(usage_text, stderr);
        return fail("exiqsumm", 1, options.error().text);
    }
    if (options->find('h')) {
        std::fputs(usage_text, stdout);
        return 0;
    }
    auto input = mainlog::LogFile::open("-");
    std::string text;
    std::string_view line;
    while (input && input->next(line))
        text.append(line).append("\n");
    const auto entries = parse_queue_listing(text);
    if (!entries)
        return fail("exiqsumm", 1, entries.error().text);
    Summary summary{*options};
    for (const auto& entry : *entries)
        summary.add(entry);
    summary.print();
    return 0;
}

const RegisterTool self{
    Tool{.name = "exiqsumm", .text = "the queue by domain, from the output of exim -bp", .run = run}};

}

}
