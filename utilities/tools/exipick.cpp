// exipick: the messages of the queue that meet criteria on any of their variables (exipick(8)); the options of exiqgrep
// work as well.
#include <algorithm>
#include <cstdio>
#include <random>
#include <set>

#include "common/base/text.h"
#include "utilities/front_end.h"
#include "utilities/pick/criterion.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "usage: exipick [options] ['$VARIABLE [OPERATOR VALUE]'…]\n"
    "  which:  -C FILE  --queue NAME  --and  --or  --not  --caseful\n"
    "          -f REGEXP  -r REGEXP  -s SIZE  -o SECONDS  -y SECONDS  -z  -x\n"
    "  how:    -bp -bpa -bpu -bpr -bpra -bpru -l  -bpc -c  -i  -b  --flatq  --size\n"
    "          --show-vars NAME,^REGEXP…  --sort NAME,…  --unsorted  --random  --reverse -R\n"
    "          --show-rules  --show-tests\n"
    "operators: < <= > >= == !=  (numbers, with d h m s M K B)   eq ne   =~ !~ = (regular expressions)\n";
constexpr std::size_t files_at_once = 100;

enum class Form { long_one, brief, ids, count, flat };

struct Wish {
    std::string config, queue;
    std::vector<std::string> criteria, shown, sorted_by;
    bool any = false, negated = false, caseful = false, undelivered_only = false, random = false, reverse = false;
    bool sizes = false, shows_rules = false, shows_tests = false;
    Form form = Form::long_one;
};

std::vector<std::string> names_in(std::string_view list)
{
    std::vector<std::string> names;
    for (auto name : split(list, ',')) {
        name = trim(name);
        name.remove_prefix(name.starts_with('$') ? 1 : 0);
        if (!name.empty())
            names.emplace_back(name);
    }
    return names;
}

class Reader {
public:
    explicit Reader(const std::vector<std::string>& words) : words_(words) {}

    Result<Wish> read()
    {
        for (; at_ < words_.size(); ++at_) {
            const auto& word = words_[at_];
            if (word.size() < 2 || word[0] != '-')
                wish_.criteria.push_back(word);
            else if (!TRY(take_word(word)))
                TRY(take_letters(word));
        }
        return std::move(wish_);
    }

private:
    Result<std::string> value(const std::string& option)
    {
        if (at_ + 1 >= words_.size())
            return permanent("option " + option + " needs a value");
        return words_[++at_];
    }

    Result<bool> take_word(const std::string& word)
    {
        const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
        const auto name = word.substr(0, equals);
        const auto given = [&]() -> Result<std::string> {
            return equals == std::string::npos ? value(name) : Result<std::string>(word.substr(equals + 1));
        };
        if (name == "--and")
            wish_.any = false;
        else if (name == "--or")
            wish_.any = true;
        else if (name == "--not")
            wish_.negated = true;
        else if (name == "--caseful")
            wish_.caseful = true;
        else if (name == "--flatq")
            wish_.form = Form::flat;
        else if (name == "--size")
            wish_.sizes = true;
        else if (name == "--random")
            wish_.random = true;
        else if (name == "--reverse")
            wish_.reverse = true;
        else if (name == "--show-rules")
            wish_.shows_rules = true;
        else if (name == "--show-tests")
            wish_.shows_tests = true;
        else if (name == "--unsorted")
            wish_.sorted_by.clear();
        else if (name == "--config")
            wish_.config = TRY(given());
        else if (name == "--queue")
            wish_.queue = TRY(given());
        else if (name == "--show-vars")
            wish_.shown = names_in(TRY(given()));
        else if (name == "--sort")
            wish_.sorted_by = names_in(TRY(given()));
        else if (name == "-bpc" || name == "--bpc")
            wish_.form = Form::count;
        else if (name == "-bp" || name == "-bpa" || name == "-bpr" || name == "-bpra")
            wish_.form = Form::long_one;
        else if (name == "-bpu" || name == "-bpru")
            wish_.form = Form::long_one, wish_.undelivered_only = true;
        else if (name == "--spool" || name == "--input-dir" || name == "--finput" || name == "--freeze" || name == "--thaw")
            return permanent("option " + name + " is not supported: the spool has no files to read; the suite is asked");
        else if (word.starts_with("--"))
            return permanent("unknown option " + name);
        else
            return false;
        return true;
    }

    Status take_letters(const std::string& word)
    {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto letter = word[i];
            const auto given = [&]() -> Result<std::string> {
                auto rest = word.substr(i + 1);
                i = word.size();
                return rest.empty() ? value(std::string("-") + letter) : Result<std::string>(std::move(rest));
            };
            switch (letter) {
            case 'b': wish_.form = Form::brief; break;
            case 'c': wish_.form = Form::count; break;
            case 'i': wish_.form = Form::ids; break;
            case 'l': wish_.form = Form::long_one; break;
            case 'R': wish_.reverse = true; break;
            case 'x': wish_.criteria.emplace_back("!$deliver_freeze"); break;
            case 'z': wish_.criteria.emplace_back("$deliver_freeze"); break;
            case 'f': wish_.criteria.push_back("$sender_address =~ /" + TRY(given()) + "/i"); break;
            case 'r': wish_.criteria.push_back("$recipients =~ /" + TRY(given()) + "/i"); break;
            case 's': wish_.criteria.push_back("$shown_message_size eq " + TRY(given())); break;
            case 'o': wish_.criteria.push_back("$message_age > " + TRY(given())); break;
            case 'y': wish_.criteria.push_back("$message_age < " + TRY(given())); break;
            case 'C': wish_.config = TRY(given()); break;
            default: return permanent("unknown option -" + std::string(1, letter));
            }
        }
        return {};
    }

    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    Wish wish_;
};

std::vector<std::string> with_config(const Wish& wish, std::vector<std::string> words)
{
    if (!wish.config.empty())
        words.insert(words.begin(), {"-C", wish.config});
    return words;
}

// The -H forms of many messages come from one command, each begins with its own name.
Status add_files(const Call& call, const Wish& wish, std::vector<PickMessage>& messages)
{
    for (std::size_t at = 0; at < messages.size(); at += files_at_once) {
        std::vector<std::string> words = {"-Mvh"};
        const auto end = std::min(messages.size(), at + files_at_once);
        for (auto i = at; i < end; ++i)
            words.push_back(messages[i].id);
        const auto text = TRY(answer_of(mail_command(call.directory), with_config(wish, words), ""));
        for (auto i = at; i < end; ++i) {
            const auto from = text.find(messages[i].id + "-H\n");
            if (from == std::string::npos)
                continue; // delivered meanwhile
            auto to = std::string::npos;
            if (i + 1 < end)
                to = text.find(messages[i + 1].id + "-H\n", from);
            static_cast<void>(add_header_file(messages[i], std::string_view(text).substr(from, to == std::string::npos ? to : to - from)));
        }
    }
    return {};
}

bool needs_files(const Wish& wish, const std::vector<Criterion>& criteria)
{
    const auto is_elsewhere = [](const std::string& name) { return !is_of_listing(name); };
    return std::ranges::any_of(criteria, is_elsewhere, &Criterion::variable) || std::ranges::any_of(wish.shown, is_elsewhere) ||
           std::ranges::any_of(wish.sorted_by, is_elsewhere);
}

bool is_met(const Wish& wish, const std::vector<Criterion>& criteria, const PickMessage& message)
{
    bool all = true, any = criteria.empty();
    for (const auto& criterion : criteria) {
        const bool holds = criterion.matches(message);
        if (wish.shows_tests)
            std::printf("  %s: %s: %s\n", message.id.c_str(), criterion.text().c_str(), holds ? "true" : "false");
        all = all && holds;
        any = any || holds;
    }
    return wish.any ? any : all;
}

bool is_before(const PickMessage& a, const PickMessage& b, const std::vector<std::string>& names)
{
    for (const auto& name : names) {
        const auto left = a.value(name), right = b.value(name);
        const bool numbers = !left.empty() && !right.empty() && is_digit(left[0]) && is_digit(right[0]);
        if (left == right)
            continue;
        return numbers ? std::atof(left.c_str()) < std::atof(right.c_str()) : left < right;
    }
    return false;
}

void show_variables(const Wish& wish, const PickMessage& message)
{
    for (const auto& name : wish.shown) {
        const auto regex = name.starts_with('^') ? lookup::Regex::compile(name) : Result<lookup::Regex>(lookup::Regex{});
        for (const auto& [known, value] : message.variables)
            if (name.starts_with('^') ? regex && *regex && regex->matches(known).value_or(false) : known == name)
                std::printf("  %s=%s\n", known.c_str(), escape(value, true).c_str());
    }
}

void show(const Wish& wish, const PickMessage& message)
{
    switch (wish.form) {
    case Form::count:
        return;
    case Form::ids:
        std::printf("%s\n", message.id.c_str());
        return;
    case Form::brief:
        std::printf("%s From: <%s> To: %s\n", message.id.c_str(), escape(message.value("sender_address"), true).c_str(),
                    join(message.recipients, ";").c_str());
        return;
    case Form::flat:
        std::printf("%s %s\n", message.head.c_str(), join(message.recipients, " ").c_str());
        return show_variables(wish, message);
    case Form::long_one:
        std::printf("%s\n", message.head.c_str());
        show_variables(wish, message);
        const std::set<std::string> delivered(message.delivered.begin(), message.delivered.end());
        for (const auto& recipient : message.recipients)
            if (const bool done = delivered.contains(recipient); !done || !wish.undelivered_only)
                std::printf("        %s%s\n", done ? "D " : "  ", escape(recipient, true).c_str());
        std::printf("\n");
    }
}

int run(const Call& call)
{
    const auto wish = Reader(call.arguments).read();
    if (!wish) {
        const bool asked = std::ranges::find(call.arguments, "--help") != call.arguments.end();
        std::fputs(usage_text, asked ? stdout : stderr);
        return asked ? 0 : fail("exipick", 1, wish.error().text);
    }
    std::vector<Criterion> criteria;
    for (const auto& text : wish->criteria) {
        auto criterion = Criterion::parse(text, wish->caseful);
        if (!criterion)
            return fail("exipick", 1, criterion.error().text);
        if (wish->negated)
            criterion->negate();
        if (wish->shows_rules)
            std::printf("%s\n", criterion->text().c_str());
        criteria.push_back(std::move(*criterion));
    }
    std::vector<std::string> words = {"queue", "list", "--json"};
    if (!wish->queue.empty())
        words.insert(words.end(), {"--queue", wish->queue});
    if (!wish->config.empty())
        words.insert(words.end(), {"-C", wish->config});
    const auto listing = output_of(call.directory + "/gatepost", words);
    auto messages = listing ? picked_from(*listing) : Result<std::vector<PickMessage>>(listing.error());
    if (!messages)
        return fail("exipick", 1, messages.error().text);
    if (needs_files(*wish, criteria))
        if (const auto added = add_files(call, *wish, *messages); !added)
            return fail("exipick", 1, added.error().text);
    const auto known = messages->size();
    std::erase_if(*messages, [&](const auto& message) { return !is_met(*wish, criteria, message); });
    if (!wish->sorted_by.empty())
        std::ranges::stable_sort(*messages, [&](const auto& a, const auto& b) { return is_before(a, b, wish->sorted_by); });
    if (wish->random)
        std::ranges::shuffle(*messages, std::mt19937{std::random_device{}()});
    if (wish->reverse)
        std::ranges::reverse(*messages);
    std::uint64_t octets = 0;
    for (const auto& message : *messages) {
        octets += static_cast<std::uint64_t>(std::atoll(message.value("message_size").c_str()));
        show(*wish, message);
    }
    if (wish->form == Form::count)
        std::printf("%zu matches out of %zu messages\n", messages->size(), known);
    if (wish->sizes)
        std::printf("%llu octets\n", static_cast<unsigned long long>(octets));
    return 0;
}

const RegisterTool self{Tool{.name = "exipick", .text = "the messages of the queue that meet criteria", .run = run}};

}

}
