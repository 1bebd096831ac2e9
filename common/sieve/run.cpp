#include "common/sieve/run.h"

#include "common/base/text.h"
#include "common/sieve/detail/braces.h"

namespace gp::sieve {
namespace {

constexpr std::size_t longest_variable = 4000 * 4; // RFC 5229 section 3.1: at least 4000 characters
constexpr std::size_t most_variables = 256;
constexpr std::size_t most_redirects = 20;

bool is_variable_name(std::string_view name)
{
    if (name.empty())
        return false;
    if (std::ranges::all_of(name, is_digit))
        return name.size() <= 3;
    return !is_digit(name[0]) && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

}

Result<std::string> Run::body()
{
    if (around_.body)
        return around_.body();
    return std::string(scene().message ? scene().message->body_start : std::string_view{});
}

std::int64_t Run::now() const
{
    const auto* clock = around_.scene.world.effects.clock;
    return clock ? clock->seconds() : static_cast<std::int64_t>(std::time(nullptr));
}

std::string Run::variable(std::string_view name) const
{
    if (is_digit(name[0])) {
        const auto index = static_cast<std::size_t>(std::atoi(std::string(name).c_str()));
        return index < captures_.size() ? captures_[index] : std::string{};
    }
    const auto found = variables_.find(lower(name));
    return found == variables_.end() ? std::string{} : found->second;
}

Result<std::string> Run::expand(const std::string& text)
{
    if (!has_variables)
        return text;
    auto out = TRY(replace_braces(text, [this](std::string_view name, std::string& into) -> Result<bool> {
        if (!is_variable_name(name))
            return false;
        into += variable(name);
        if (into.size() > rules().text_max)
            return permanent("a string of the script is too long");
        return true;
    }));
    octets_ += out.size();
    if (octets_ > rules().text_max * 16)
        return permanent("the script's strings are too long together");
    return out;
}

Result<std::vector<std::string>> Run::expand(const std::vector<std::string>& list)
{
    std::vector<std::string> out;
    for (const auto& text : list)
        out.push_back(TRY(expand(text)));
    return out;
}

// A value that is too long is cut, between characters (RFC 5229 section 3.1).
void Run::set(std::string_view name, std::string value)
{
    if (value.size() > longest_variable) {
        std::size_t size = longest_variable;
        while (size && (static_cast<unsigned char>(value[size]) & 0xc0) == 0x80)
            --size;
        value.resize(size);
    }
    const auto key = lower(name);
    if (variables_.size() < most_variables || variables_.contains(key))
        variables_[key] = std::move(value);
}

Status Run::count_step()
{
    if (++steps_ > rules().steps_max)
        return permanent("the script takes more than " + std::to_string(rules().steps_max) + " steps");
    return {};
}

Status Run::add(filter::Action action)
{
    if (action.kind != filter::Action::Kind::reply)
        for (const auto& known : outcome_.actions)
            if (known.kind == action.kind && known.text == action.text)
                return {};
    if (outcome_.actions.size() >= rules().actions_max)
        return permanent("the script sets up more than " + std::to_string(rules().actions_max) + " actions");
    outcome_.actions.push_back(std::move(action));
    return {};
}

// RFC 5228 section 10: redirects are bounded.
Status Run::add_redirect(filter::Action action)
{
    if (++redirects_ > most_redirects)
        return permanent("the script redirects more than " + std::to_string(most_redirects) + " times");
    return add(std::move(action));
}

Result<Flow> Run::obey(const Steps& steps)
{
    return filter::obey_all(*this, steps);
}

}
