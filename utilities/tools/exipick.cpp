// exipick: the messages of the queue that meet criteria on any of their variables (exipick(8)); the options of exiqgrep
// work as well.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "utilities/front_end.h"
#include "utilities/pick/criterion.h"
#include "utilities/pick/wish.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "usage: exipick [options] ['$VARIABLE [OPERATOR VALUE]'…]\n"
    "  which:  -C FILE  --queue NAME  --and  --or  --not  --caseful\n"
    "          -f REGEXP  -r REGEXP  -s SIZE  -o SECONDS  -y SECONDS  -z  -x\n"
    "  how:    -bp -bpa -bpu -bpr -bpra -bpru -l  -bpc -c  -i  -b  --flatq  --size\n"
    "          --show-vars NAME,^REGEXP…  --sort NAME,…  --unsorted  --random  --reverse -R\n"
    "          --show-rules  --show-tests  --charset NAME\n"
    "  files:  --spool FOLDER  --input-dir FOLDER  --finput   of Exim's -H and -D files, as gatepost queue export leaves them\n"
    "operators: < <= > >= == !=  (numbers, with d h m s M K B)   eq ne   =~ !~ = (regular expressions)\n";
constexpr std::size_t files_at_once = 100;
constexpr int name_width = 25; // of the column in which variables and rules are named

using Wish = PickWish;
using Form = PickWish::Form;

// Lines stay lines and tabs stay tabs, and letters of another character set (--charset) theirs; what else a terminal would
// obey is escaped.
std::string shown_value(const std::string& value)
{
    constexpr unsigned char first_letter = 0xa0;
    const bool is_translated = !is_utf8(value);
    std::string shown, part;
    for (const char c : value)
        if (c == '\n' || c == '\t' || (is_translated && static_cast<unsigned char>(c) >= first_letter)) {
            shown += escape(part, true) + c;
            part.clear();
        } else {
            part += c;
        }
    return shown + escape(part, true);
}

// Names of headers have no case: $h_Subject, $header_subject:.
std::string lower_header(const std::string& name)
{
    const bool is_header = name.find("h_") != std::string::npos || name.find("header_") != std::string::npos;
    return is_header ? lower(name.substr(0, name.find(':'))) : name;
}

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
            static_cast<void>(add_header_file(messages[i], std::string_view(text).substr(from, to == std::string::npos ? to : to - from),
                                              wish.charset));
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
    if (wish.shows_tests)
        std::printf("%s\n", message.id.c_str());
    for (const auto& criterion : criteria) {
        const bool holds = criterion.matches(message);
        if (wish.shows_tests)
            std::printf("  %*s =  '%s'\n  %*s => %d\n", name_width, ("$" + criterion.variable()).c_str(),
                        shown_value(message.value(criterion.variable())).c_str(), name_width, criterion.rule().c_str(), holds ? 1 : 0);
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

// The wanted variables of this message: one that was named is there with an empty value when the message has none.
std::vector<std::pair<std::string, std::string>> wanted_variables(const Wish& wish, const PickMessage& message)
{
    std::vector<std::pair<std::string, std::string>> wanted;
    for (const auto& name : wish.shown) {
        if (!name.starts_with('^')) {
            wanted.emplace_back(name, message.value(lower_header(name)));
            continue;
        }
        const auto regex = lookup::Regex::compile(name);
        for (const auto& [known, value] : message.variables)
            if (regex && regex->matches(known).value_or(false))
                wanted.emplace_back(known, value);
    }
    return wanted;
}

std::string on_one_line(const Wish& wish, const PickMessage& message, std::string_view between)
{
    std::string line;
    for (const auto& [name, value] : wanted_variables(wish, message))
        line += (line.empty() ? "" : std::string(between)) + name + "='" + escape(value, true) + "'";
    return line;
}

std::vector<std::string> undelivered(const PickMessage& message)
{
    const std::set<std::string> delivered(message.delivered.begin(), message.delivered.end());
    auto left = message.recipients;
    std::erase_if(left, [&](const auto& recipient) { return delivered.contains(recipient); });
    return left;
}

void show_recipients(const Wish& wish, const PickMessage& message)
{
    const std::set<std::string> delivered(message.delivered.begin(), message.delivered.end());
    for (const auto& recipient : message.recipients)
        if (const bool done = delivered.contains(recipient); !done || !wish.undelivered_only)
            std::printf("        %s%s\n", done ? "D " : "  ", escape(recipient, true).c_str());
}

void show(const Wish& wish, const PickMessage& message)
{
    switch (wish.form) {
    case Form::count:
    case Form::matches:
        return;
    case Form::ids: {
        const auto variables = on_one_line(wish, message, " ");
        std::printf("%s%s%s\n", message.id.c_str(), variables.empty() ? "" : " ", variables.c_str());
        return;
    }
    case Form::brief: {
        const auto variables = on_one_line(wish, message, ";");
        std::printf("%s From: <%s> To: %s%s%s\n", message.id.c_str(), escape(message.sender, true).c_str(),
                    escape(join(undelivered(message), ";"), true).c_str(), variables.empty() ? "" : " Vars: ", variables.c_str());
        return;
    }
    case Form::flat:
        std::printf("%s %s\n", message.head(on_one_line(wish, message, ";")).c_str(), escape(join(undelivered(message), " "), true).c_str());
        return;
    case Form::long_one:
        std::printf("%s\n", message.head().c_str());
        for (const auto& [name, value] : wanted_variables(wish, message))
            std::printf("  %*s = '%s'\n", name_width, name.c_str(), shown_value(value).c_str());
        show_recipients(wish, message);
        std::printf("\n");
    }
}

// With --size the octets in all, alone or behind a count.
void show_sums(const Wish& wish, const std::vector<PickMessage>& messages, std::size_t known)
{
    std::uint64_t octets = 0;
    for (const auto& message : messages)
        octets += static_cast<std::uint64_t>(std::atoll(message.value("message_size").c_str()));
    const auto sum = std::to_string(octets);
    const auto behind = wish.sizes ? " (" + sum + ")" : std::string{};
    if (wish.form == Form::count)
        std::printf("%zu%s\n", messages.size(), behind.c_str());
    else if (wish.form == Form::matches)
        std::printf("%zu matches out of %zu messages%s\n", messages.size(), known, behind.c_str());
    else if (wish.sizes)
        std::printf("%s\n", sum.c_str());
}

Result<std::vector<Criterion>> criteria_of(const Wish& wish)
{
    std::vector<Criterion> criteria;
    for (const auto& text : wish.criteria) {
        auto criterion = TRY(Criterion::parse(text, wish.caseful));
        if (wish.negated)
            criterion.negate();
        criteria.push_back(std::move(criterion));
    }
    for (const auto* names : {&wish.shown, &wish.sorted_by})
        for (const auto& name : *names)
            if (name.starts_with('^'))
                TRY(lookup::Regex::compile(name));
            else if (!is_pick_variable(lower_header(name)))
                return permanent("unknown variable \"" + escape(name) + "\"");
    return criteria;
}

// The messages in the files of a folder, where one was named and it is not the spool of the suite, which has no such files.
Result<std::vector<PickMessage>> messages_for(const Call& call, const Wish& wish, bool with_files)
{
    if (wish.input.starts_with('/'))
        return picked_from_folder(wish.input, wish.charset);
    if (wish.reads_files || !wish.spool.empty()) {
        const auto spool = wish.spool.empty() ? TRY(spool_of(call.directory, wish.config)) : wish.spool;
        const auto folder = spool + "/" + (wish.queue.empty() ? "" : wish.queue + "/") + wish.input;
        std::error_code failed;
        if (wish.reads_files || std::filesystem::is_directory(folder, failed))
            return picked_from_folder(folder, wish.charset);
        if (const auto own = TRY(spool_of(call.directory, wish.config)); own != spool)
            return permanent(spool + " has no folder \"" + wish.input + "\" of Exim's files, and is not the spool of the suite, " + own);
    }
    std::vector<std::string> words = {"queue", "list", "--json"};
    if (!wish.queue.empty())
        words.insert(words.end(), {"--queue", wish.queue});
    if (!wish.config.empty())
        words.insert(words.end(), {"-C", wish.config});
    auto messages = TRY(picked_from(TRY(output_of(call.directory + "/gatepost", words))));
    if (with_files)
        TRY(add_files(call, wish, messages));
    return messages;
}

int print_text(Wish::Text text)
{
    if (text == Wish::Text::manual)
        ::execlp("man", "man", "exipick", nullptr); // the usage when there is no man
    if (text == Wish::Text::version)
        std::printf("exipick: of Gatepost, for queues of Gatepost and of Exim 4.96\n");
    else
        std::fputs(usage_text, stdout);
    return 0;
}

int run(const Call& call)
{
    const auto wish = read_pick_wish(call.arguments);
    if (!wish) {
        std::fputs(usage_text, stderr);
        return fail("exipick", 1, wish.error().text);
    }
    if (wish->text != Wish::Text::none)
        return print_text(wish->text);
    const auto criteria = criteria_of(*wish);
    if (!criteria)
        return fail("exipick", 1, criteria.error().text);
    for (const auto& criterion : *criteria)
        if (wish->shows_rules)
            std::printf("$%s\t%s\n", criterion.variable().c_str(), criterion.rule().c_str());
    auto messages = messages_for(call, *wish, needs_files(*wish, *criteria));
    if (!messages)
        return fail("exipick", 1, messages.error().text);
    const auto known = messages->size();
    std::vector<PickMessage> chosen;
    if (!wish->sorted_by.empty())
        std::ranges::stable_sort(*messages, [&](const auto& a, const auto& b) { return is_before(a, b, wish->sorted_by); });
    if (wish->random)
        std::ranges::shuffle(*messages, std::mt19937{std::random_device{}()});
    if (wish->reverse)
        std::ranges::reverse(*messages);
    for (auto& message : *messages) {
        if (!is_met(*wish, *criteria, message))
            continue;
        if (!wish->sizes)
            show(*wish, message);
        chosen.push_back(std::move(message));
    }
    show_sums(*wish, chosen, known);
    return 0;
}

const RegisterTool self{Tool{.name = "exipick", .text = "the messages of the queue that meet criteria", .run = run}};

}

}
