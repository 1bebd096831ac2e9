#include "utilities/options.h"

namespace gp::utilities {
namespace {

const OptionRow* find_letter(const std::vector<OptionRow>& rows, char letter)
{
    for (const auto& row : rows)
        if (row.letter == letter)
            return &row;
    return nullptr;
}

class Reader {
public:
    Reader(const std::vector<std::string>& arguments, const std::vector<OptionRow>& rows)
        : arguments_(arguments), rows_(rows)
    {
    }

    Result<Options> read()
    {
        for (; at_ < arguments_.size(); ++at_) {
            const auto& word = arguments_[at_];
            if (word == "--") {
                options_.rest.insert(options_.rest.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                     arguments_.end());
                break;
            }
            if (word.starts_with("--"))
                TRY(take_long(word.substr(2)));
            else if (word.size() > 1 && word.front() == '-')
                TRY(take_letters(word));
            else
                options_.rest.push_back(word);
        }
        return std::move(options_);
    }

private:
    Status take_long(const std::string& word)
    {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const auto* row = TRY(find_word(name));
        std::string value;
        if (row->has_value)
            value = equals == std::string::npos ? TRY(following("--" + name)) : word.substr(equals + 1);
        options_.given.push_back({row, std::move(value)});
        return {};
    }

    Result<const OptionRow*> find_word(const std::string& name)
    {
        const OptionRow* meant = nullptr;
        for (const auto& row : rows_) {
            if (row.word == name)
                return &row;
            if (name.empty() || !row.word.starts_with(name))
                continue;
            if (meant)
                return permanent("option --" + name + " may be --" + std::string(meant->word) + " or --" + std::string(row.word));
            meant = &row;
        }
        if (!meant)
            return permanent("unknown option --" + name);
        return meant;
    }

    Status take_letters(const std::string& word)
    {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto* row = find_letter(rows_, word[i]);
            if (!row)
                return permanent("unknown option -" + word.substr(i, 1) + " in \"" + word + "\"");
            if (!row->has_value) {
                options_.given.push_back({row, {}});
                continue;
            }
            const bool is_joined = i + 1 < word.size();
            auto value = is_joined ? word.substr(i + 1) : TRY(following(word.substr(0, i + 1)));
            options_.given.push_back({row, std::move(value)});
            return {};
        }
        return {};
    }

    Result<std::string> following(const std::string& option)
    {
        if (at_ + 1 >= arguments_.size())
            return permanent("option " + option + " needs a value");
        return arguments_[++at_];
    }

    const std::vector<std::string>& arguments_;
    const std::vector<OptionRow>& rows_;
    std::size_t at_ = 0;
    Options options_;
};

}

const std::string* Options::find(char letter) const
{
    for (auto option = given.rbegin(); option != given.rend(); ++option)
        if (option->row->letter == letter)
            return &option->value;
    return nullptr;
}

Result<Options> parse_options(const std::vector<std::string>& arguments, const std::vector<OptionRow>& rows)
{
    return Reader(arguments, rows).read();
}

}
