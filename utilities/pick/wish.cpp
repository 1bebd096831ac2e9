#include "utilities/pick/wish.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::utilities {
namespace {

using Wish = PickWish;
using Form = PickWish::Form;

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

Status set_charset(Wish& wish, const std::string& value)
{
    if (value.empty() || !std::ranges::all_of(value, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == ':'; }))
        return permanent("--charset needs the name of a character set, as UTF-8 or ISO-8859-1");
    wish.charset = value;
    return {};
}

Status refuse_cache(Wish&, const std::string&)
{
    return permanent("--freeze and --thaw keep a copy of what the spool's files say; here the suite is asked, which knows at once. "
                     "Save the output, or export the queue (gatepost queue export) and give --spool");
}

struct Word {
    std::string_view name;
    bool has_value;
    Status (*take)(Wish& wish, const std::string& value);
};

template <bool Wish::* member, bool value = true>
Status set(Wish& wish, const std::string&)
{
    wish.*member = value;
    return {};
}

template <Form form, bool undelivered = false>
Status show_as(Wish& wish, const std::string&)
{
    wish.form = form;
    wish.undelivered_only = undelivered;
    return {};
}

template <Wish::Text text>
Status print(Wish& wish, const std::string&)
{
    wish.text = text;
    return {};
}

template <std::string Wish::* member>
Status keep(Wish& wish, const std::string& value)
{
    wish.*member = value;
    return {};
}

// clang-format off
const Word long_words[] = {
    {"and",        false, set<&Wish::any, false>},
    {"or",         false, set<&Wish::any>},
    {"not",        false, set<&Wish::negated>},
    {"caseful",    false, set<&Wish::caseful>},
    {"random",     false, set<&Wish::random>},
    {"reverse",    false, set<&Wish::reverse>},
    {"size",       false, set<&Wish::sizes>},
    {"show-rules", false, set<&Wish::shows_rules>},
    {"show-tests", false, set<&Wish::shows_tests>},
    {"flatq",      false, show_as<Form::flat>},
    {"bp",         false, show_as<Form::long_one>},
    {"bpa",        false, show_as<Form::long_one>},
    {"bpc",        false, show_as<Form::count>},
    {"bpr",        false, show_as<Form::long_one>},
    {"bpra",       false, show_as<Form::long_one>},
    {"bpru",       false, show_as<Form::long_one, true>},
    {"bpu",        false, show_as<Form::long_one, true>},
    {"help",       false, print<Wish::Text::help>},
    {"man",        false, print<Wish::Text::manual>},
    {"version",    false, print<Wish::Text::version>},
    {"config",     true,  keep<&Wish::config>},
    {"queue",      true,  keep<&Wish::queue>},
    {"spool",      true,  keep<&Wish::spool>},
    {"charset",    true,  set_charset},
    {"freeze",     true,  refuse_cache},
    {"thaw",       true,  refuse_cache},
    {"unsorted",   false, [](Wish& w, const std::string&) { w.sorted_by.clear(); return Status{}; }},
    {"show-vars",  true,  [](Wish& w, const std::string& v) { w.shown = names_in(v); return Status{}; }},
    {"sort",       true,  [](Wish& w, const std::string& v) { w.sorted_by = names_in(v); return Status{}; }},
    {"input-dir",  true,  [](Wish& w, const std::string& v) { w.input = v; w.reads_files = true; return Status{}; }},
    {"finput",     false, [](Wish& w, const std::string&) { w.input = "Finput"; w.reads_files = true; return Status{}; }},
};
// clang-format on

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

    // With one dash a long option is written out in full: -size is one, -si is a value for -s.
    Result<bool> take_word(const std::string& word)
    {
        const bool is_long = word.starts_with("--");
        const auto equals = word.find('=');
        const auto name = word.substr(is_long ? 2 : 1, equals == std::string::npos ? equals : equals - (is_long ? 2 : 1));
        const Word* meant = nullptr;
        for (const auto& known : long_words) {
            if (known.name == name) {
                meant = &known;
                break;
            }
            if (!is_long || name.empty() || !known.name.starts_with(name))
                continue;
            if (meant)
                return permanent("option --" + name + " may be --" + std::string(meant->name) + " or --" + std::string(known.name));
            meant = &known;
        }
        if (!meant)
            return is_long ? Result<bool>(permanent("unknown option " + word)) : Result<bool>(false);
        std::string text;
        if (meant->has_value)
            text = equals == std::string::npos ? TRY(value(word)) : word.substr(equals + 1);
        TRY(meant->take(wish_, text));
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
            case 'c': wish_.form = Form::matches; break;
            case 'i': wish_.form = Form::ids; break;
            case 'l': wish_.form = Form::long_one; break;
            case 'R': wish_.reverse = true; break;
            case 'x': wish_.criteria.emplace_back("!$deliver_freeze"); break;
            case 'z': wish_.criteria.emplace_back("$deliver_freeze"); break;
            case 'f': wish_.criteria.push_back("$sender_address =~ /" + TRY(given()) + "/"); break;
            case 'r': wish_.criteria.push_back("$recipients =~ /" + TRY(given()) + "/"); break;
            case 's': wish_.criteria.push_back("$shown_message_size eq " + TRY(given())); break;
            case 'o': wish_.criteria.push_back("$message_age > " + TRY(given())); break;
            case 'y': wish_.criteria.push_back("$message_age < " + TRY(given())); break;
            case 'C': wish_.config = TRY(given()); break;
            default: return permanent("unknown option -" + std::string(1, letter) + " in \"" + word + "\"");
            }
        }
        return {};
    }

    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    Wish wish_;
};

}

Result<PickWish> read_pick_wish(const std::vector<std::string>& words)
{
    return Reader(words).read();
}

}
