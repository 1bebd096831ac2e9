#include "common/filter/run.h"

#include "common/base/text.h"
#include "common/expand/expand.h"

namespace gp::filter {
namespace {

constexpr std::size_t numbers = 10; // $n0 to $n9

}

std::string shown(std::string_view text)
{
    std::string out;
    for (bool is_first = true; const auto part : split(text, '\t')) { // tabs stay
        out += (is_first ? "" : "\t") + escape(part);
        is_first = false;
    }
    return out;
}

Run::Run(const Surroundings& around) : around_(around)
{
    outcome_.numbers.resize(numbers);
    for (std::size_t i = 0; i < numbers; ++i)
        show_number(i);
    if (around_.scene.message)
        message_ = *around_.scene.message;
    message_.recipients_are_shown = around_.rules.is_system;
    around_.scene.message = &message_;
}

void Run::show_number(std::size_t index)
{
    scene().facts.set("n" + std::to_string(index), Text::clean(std::to_string(outcome_.numbers[index])));
}

Result<Text> Run::expand(const std::string& text, std::string_view where)
{
    auto words = gp::expand::expand(scene(), Text::clean(text));
    if (!words)
        return Error{words.error().blame == Blame::temporary ? Blame::temporary : Blame::permanent,
                     "failed to expand \"" + text + "\" in " + std::string(where) + ": " + words.error().text,
                     words.error().cause};
    octets_ += words->text.size();
    if (octets_ > rules().text_max)
        return permanent("the filter's texts are larger than " + std::to_string(rules().text_max) + " octets together");
    return words;
}

void Run::print(std::string line)
{
    if (around_.print)
        around_.print(line);
}

void Run::explain_test(std::string_view what, const Test& test, bool holds)
{
    if (around_.explain)
        around_.explain(std::string(2 * depth_, ' ') + std::string(what) + (holds ? " is true: " : " is false: ") +
                        test.words() + " ");
}

Status Run::count_step()
{
    if (++steps_ > rules().steps_max)
        return permanent("the filter takes more than " + std::to_string(rules().steps_max) + " steps");
    return {};
}

Status Run::add(Action action)
{
    if (outcome_.actions.size() >= rules().actions_max)
        return permanent("the filter sets up more than " + std::to_string(rules().actions_max) + " deliveries");
    outcome_.actions.push_back(std::move(action));
    return {};
}

void Run::set_captures(std::vector<std::string> groups)
{
    auto& values = scene().captures.values;
    values.clear();
    for (auto& group : groups) {
        if (values.size() == expand::Captures::most)
            break;
        auto text = Text::clean(std::move(group));
        text.mark(subject_);
        values.push_back(std::move(text));
    }
}

Result<Flow> Run::obey(const Steps& steps)
{
    return obey_all(*this, steps);
}

Status Run::add_number(std::size_t index, std::int32_t amount)
{
    auto& number = outcome_.numbers[index];
    number = static_cast<std::int32_t>(static_cast<std::uint32_t>(number) + static_cast<std::uint32_t>(amount));
    show_number(index);
    return {};
}

// What a system filter does to headers is seen by what follows it (manual 47.6).
void Run::edit_headers(HeaderEdit edit)
{
    if (headers_text_.empty() && message_.headers)
        for (const auto& line : message_.headers->lines())
            headers_text_.append(line.whole).append("\n");
    headers_text_ = edited({edit}, headers_text_);
    headers_ = expand::Headers(headers_text_);
    message_.headers = &headers_;
    outcome_.header_edits.push_back(std::move(edit));
}

void Run::set_log(std::string file, std::uint32_t mode)
{
    log_file_ = std::move(file);
    log_mode_ = mode;
}

Status Run::write_log(std::string_view text)
{
    if (is_test() || !around_.journal || log_file_.empty())
        return {};
    auto written = around_.journal->write(log_file_, log_mode_, text);
    if (!written) // for skip_syntax_errors it is an error of the filter
        return permanent("failed to open filter log file \"" + log_file_ + "\": " + written.error().text);
    return {};
}

}
