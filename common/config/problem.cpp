#include "common/config/problem.h"

#include "common/base/text.h"

namespace gp::config {
namespace {

constexpr std::size_t longest_excerpt = 160;
constexpr std::size_t most_remarks = 1000;

// The line for a human: escaped, and cut when it goes on and on.
std::string excerpt(std::string_view line)
{
    const bool is_cut = line.size() > longest_excerpt;
    std::string shown = escape(line.substr(0, longest_excerpt), true);
    if (is_cut)
        shown += " ...";
    return shown;
}

}

std::string Problem::text() const
{
    std::string out = origin.file ? origin.text() + ": " : std::string();
    if (weight == Weight::warning)
        out += "warning: ";
    if (weight == Weight::note)
        out += "note: ";
    out += escape(reason, true);
    if (!hint.empty())
        out += " (" + escape(hint, true) + ")";
    if (!line.empty())
        out += "\n    " + excerpt(line);
    return out;
}

void Problems::add(Problem problem)
{
    const bool is_error = problem.weight == Problem::Weight::error;
    if (is_error ? full() : remarks_ >= most_remarks)
        return;
    ++(is_error ? errors_ : remarks_);
    all_.push_back(std::move(problem));
    if (is_error && full())
        all_.back().hint = "too many errors: reading stops here";
}

void Problems::error(Origin origin, std::string_view line, std::string reason, std::string hint)
{
    add({std::move(origin), std::string(line), std::move(reason), std::move(hint), Problem::Weight::error});
}

void Problems::warning(Origin origin, std::string_view line, std::string reason, std::string hint)
{
    add({std::move(origin), std::string(line), std::move(reason), std::move(hint), Problem::Weight::warning});
}

void Problems::note(Origin origin, std::string_view line, std::string reason, std::string hint)
{
    add({std::move(origin), std::string(line), std::move(reason), std::move(hint), Problem::Weight::note});
}

std::string Problems::text(Problem::Weight least) const
{
    std::string out;
    for (const auto& problem : all_)
        if (problem.weight <= least)
            out += problem.text() + "\n";
    return out;
}

void Problems::append(const Problems& others)
{
    for (const auto& problem : others.all_)
        add(problem);
}

}
