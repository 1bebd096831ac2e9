#include "common/lookup/text_file.h"

#include "common/lookup/quoted.h"

namespace gp::lookup {
namespace {

// One entry's first line; `line` does not begin with white space and is not empty.
Entry parse_line(std::string_view line)
{
    Entry entry;
    std::size_t at = 0;
    if (line.front() == '"') {
        entry.key = read_quoted(line, at);
        entry.was_quoted = true;
    } else {
        while (at < line.size() && line[at] != ':' && !is_space(line[at]))
            ++at;
        entry.key = line.substr(0, at);
    }
    const auto key_end = at;
    while (at < line.size() && is_space(line[at]))
        ++at;
    if (at < line.size() && line[at] == ':')
        ++at;
    while (at < line.size() && is_space(line[at]))
        ++at;
    entry.behind = line.substr(key_end, at - key_end);
    entry.data = line.substr(at);
    return entry;
}

}

std::vector<Entry> parse_entries(std::string_view text)
{
    std::vector<Entry> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = trim_right(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        // Comments and empty lines may stand in the middle of an entry.
        if (line.empty() || line.front() == '#')
            continue;
        if (!is_space(line.front()))
            out.push_back(parse_line(line));
        else if (!out.empty())
            out.back().data.append(" ").append(trim_left(line));
    }
    return out;
}

Result<std::unique_ptr<Source>> TextFile::open(const Environment& environment, const std::string& path,
                                               std::string_view driver, Matcher match)
{
    auto opened = TRY(open_for_search(path, "linear search", driver));
    auto made = std::make_unique<TextFile>();
    made->path_ = path;
    made->identity_ = FileIdentity(opened.status);
    made->entries_ =
        parse_entries(TRY(read_whole(opened.fd.get(), path, environment.settings.lookup_file_size_max)));
    made->match_ = match;
    if (!match)
        for (std::size_t i = 0; i < made->entries_.size(); ++i)
            made->index_.try_emplace(lower(made->entries_[i].key), i); // the first of a key counts
    return std::unique_ptr<Source>(std::move(made));
}

Answer TextFile::answer(const Entry& entry, const Question& question) const
{
    return Answer::with(question.options.get("ret") == "full" ? entry.whole() : entry.data);
}

Result<Answer> TextFile::find(const Question& question)
{
    if (!match_) {
        const auto at = index_.find(lower(question.key));
        return at == index_.end() ? Answer::none() : answer(entries_[at->second], question);
    }
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (TRY(match_(entries_[i], i, question, *this)))
            return answer(entries_[i], question);
    return Answer::none();
}

}
