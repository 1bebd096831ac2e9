// exigrep: all lines of the messages that a pattern finds in main logs (manual 54.4).
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "common/mainlog/line.h"
#include "common/mainlog/log_file.h"
#include "utilities/options.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr std::string_view usage_text =
    "Usage:\n"
    "    exigrep [options] pattern [log] ...\n\n"
    "Options:\n"
    "    -l | --literal             the pattern is plain text, not a regular expression\n"
    "    -t | --queue-time SECONDS  of the finished messages only those that took longer\n"
    "    -I | --sensitive           heed the case of letters\n"
    "    -v | --invert              messages and lines that the pattern does not find\n"
    "    -M | --related             also the messages that a matching one led to\n"
    "    --no-pager                 on a terminal too, print without a pager ($PAGER, or less)\n"
    "    -m | --man                 the manual page\n"
    "    -h | --help                this text\n\n"
    "Without a log, standard input is read. Packed logs (.gz .bz2 .xz .zst) are unpacked.\n";

const std::vector<OptionRow> rows = {{'l', "literal", false},   {'t', "queue-time", true},
                                     {'I', "sensitive", false}, {'v', "invert", false},
                                     {'M', "related", false},   {'h', "help", false},
                                     {'m', "man", false},       {'\1', "pager", false},
                                     {'\2', "no-pager", false}};

// What is printed goes through a pager when a person looks on; the pager ends when this object does.
class Pager {
public:
    explicit Pager(bool is_wanted)
    {
        const char* program = std::getenv("PAGER");
        if (!program && ::access("/usr/bin/less", X_OK) == 0)
            program = "/usr/bin/less -F";
        if (!is_wanted || ::isatty(STDOUT_FILENO) != 1 || !program || !*program)
            return;
        pipe_ = ::popen(program, "we");
        if (pipe_)
            ::dup2(::fileno(pipe_), STDOUT_FILENO);
    }
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;
    ~Pager()
    {
        if (!pipe_)
            return;
        std::fflush(stdout);
        ::close(STDOUT_FILENO);
        ::pclose(pipe_);
    }

private:
    std::FILE* pipe_ = nullptr;
};

// One message while its lines are gathered.
struct Story {
    std::string lines;
    std::int64_t first = 0;
    bool is_found = false;
    std::vector<std::string> related; // ids of the messages that it led to
};

class Search {
public:
    lookup::Regex pattern;
    std::string literal; // instead of the pattern
    bool is_literal = false;
    bool is_sensitive = false;
    bool is_inverted = false;
    bool follows_related = false;
    std::int64_t least_seconds = -1;

    void take(std::string_view text)
    {
        const auto line = mainlog::parse_line(text);
        if (!line)
            return;
        const bool found = matches(line->from_stamp);
        if (line->id.empty()) {
            if (found != is_inverted)
                std::printf("%.*s\n\n", static_cast<int>(line->from_stamp.size()), line->from_stamp.data());
            return;
        }
        take_of_message(*line, found);
    }

    // What has no Completed line.
    void finish()
    {
        std::map<std::string, const Story*> ordered;
        for (const auto& [id, story] : stories_)
            if (is_wanted(story))
                ordered.emplace(id, &story);
        for (const auto& [id, story] : ordered)
            std::printf("+++ %s has not completed +++\n%s\n", id.c_str(), story->lines.c_str());
    }

private:
    bool matches(std::string_view text) const
    {
        if (!is_literal)
            return pattern.matches(text).value_or(false);
        if (is_sensitive)
            return text.find(literal) != std::string_view::npos;
        return find_nocase(text, literal) != std::string_view::npos;
    }

    // With -v a message is wanted when none of its lines is found.
    bool is_wanted(const Story& story) const { return story.is_found != is_inverted; }

    void take_of_message(const mainlog::Line& line, bool found)
    {
        const std::string id(line.id);
        auto& story = stories_[id];
        if (story.lines.empty())
            story.first = line.milliseconds;
        story.lines.append(line.from_stamp).append("\n");
        if (found)
            mark(story);
        if (follows_related && line.flag == mainlog::Flag::received)
            relate(id, line);
        if (line.flag == mainlog::Flag::completed || line.text.starts_with("SMTP data timeout") ||
            line.text.starts_with("rejected "))
            complete(id, line);
    }

    void mark(Story& story)
    {
        story.is_found = true;
        for (const auto& id : story.related)
            if (const auto other = stories_.find(id); other != stories_.end() && !other->second.is_found)
                mark(other->second);
    }

    // R= on an arrival line names the message that this one answers.
    void relate(const std::string& id, const mainlog::Line& line)
    {
        const auto parent = mainlog::field(line.text, "R=");
        if (!parent || mainlog::id_length(*parent) == 0)
            return;
        const std::string parent_id(*parent);
        const auto story = stories_.find(parent_id);
        if (found_before_.contains(parent_id) || (story != stories_.end() && story->second.is_found))
            stories_[id].is_found = true;
        else if (story != stories_.end())
            story->second.related.push_back(id);
    }

    void complete(const std::string& id, const mainlog::Line& line)
    {
        const auto found = stories_.find(id);
        const auto& story = found->second;
        const auto seconds = (line.milliseconds - story.first) / 1000;
        if (is_wanted(story) && seconds > least_seconds)
            std::printf("%s\n", story.lines.c_str());
        if (follows_related && story.is_found)
            found_before_.insert(id);
        stories_.erase(found);
    }

    std::unordered_map<std::string, Story> stories_;
    std::unordered_set<std::string> found_before_; // of messages that are complete
};

Result<Search> prepare(const Options& options, const std::string& pattern)
{
    Search search;
    search.is_literal = options.find('l');
    search.is_sensitive = options.find('I');
    search.is_inverted = options.find('v');
    search.follows_related = options.find('M');
    if (const auto* seconds = options.find('t'))
        search.least_seconds = TRY(parse_integer(*seconds));
    if (search.is_literal)
        search.literal = pattern;
    else
        search.pattern = TRY(lookup::Regex::compile(
            pattern, search.is_sensitive ? lookup::Regex::none : lookup::Regex::caseless));
    search.pattern.speed_up();
    return search;
}

int run(const Call& call)
{
    auto options = parse_options(call.arguments, rows);
    if (!options) {
        std::fputs(std::string(usage_text).c_str(), stderr);
        return fail("exigrep", 2, options.error().text);
    }
    if (options->find('h')) {
        std::fputs(std::string(usage_text).c_str(), stdout);
        return 0;
    }
    if (options->find('m')) {
        ::execlp("man", "man", "exigrep", nullptr);
        std::fputs(std::string(usage_text).c_str(), stdout); // there is no man here
        return 0;
    }
    if (options->rest.empty()) {
        std::fputs(std::string(usage_text).c_str(), stderr);
        return 2;
    }
    auto search = prepare(*options, options->rest.front());
    if (!search)
        return fail("exigrep", 2, search.error().text);
    std::vector<std::string> files(options->rest.begin() + 1, options->rest.end());
    if (files.empty())
        files.emplace_back("-");
    int status = 0;
    const Pager pager{!options->find('\2')};
    for (const auto& path : files) {
        auto file = mainlog::LogFile::open(path);
        if (!file)
            return fail("exigrep", 2, file.error().text);
        std::string_view line;
        while (file->next(line))
            search->take(line);
        if (const auto ended = file->finish(); !ended)
            status = fail("exigrep", 2, ended.error().text);
    }
    search->finish();
    return status;
}

const RegisterTool self{
    Tool{.name = "exigrep", .text = "all log lines of the messages that a pattern finds", .run = run}};

}

}
