// gatepost queue: looks at the messages of a running or a stopped suite, moves them in and out of files, and
// gives orders on those of a running one.

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/spool/envelope_text.h"
#include "master/control/queue/filter.h"
#include "master/control/queue/shape.h"
#include "master/control/queue/source.h"
#include "master/control/queue/text.h"
#include "master/control/queue/transfer.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::size_t orders_at_once = 500; // ids in one question

// A subcommand at work: what was said behind its name, without the filter.
struct Work {
    const Invocation& call;
    Queue& queue;
    Filter filter;
    std::vector<std::string> words;
    std::int64_t now = SystemClock{}.seconds();

    bool take_flag(std::string_view flag) { return std::erase(words, flag) > 0; }
    Status each(const std::function<void(const qmgr::Listed&)>& with) const
    {
        const qmgr::List narrowed{.one_queue = filter.queue.has_value(),
                                  .queue = filter.queue.value_or(std::string{}),
                                  .sender = filter.sender,
                                  .recipient = filter.recipient};
        const auto matching = [&](const qmgr::Listed& message) {
            if (filter.matches(message, now))
                with(message);
        };
        return queue.each(matching, narrowed);
    }
    Result<std::vector<std::string>> ids() const
    {
        std::vector<std::string> found;
        TRY(each([&](const qmgr::Listed& message) { found.push_back(message.id); }));
        return found;
    }
};

int fail_temporarily(const Error& error)
{
    return fail(error.blame == Blame::temporary ? EX_TEMPFAIL : EX_DATAERR, error.text);
}

int wants_no_words(const Work& work, std::string_view what)
{
    return work.words.empty() ? EX_OK : fail(EX_USAGE, "queue " + std::string(what) + ": what is \"" + escape(work.words[0]) + "\"?");
}

// --- looking ---

int list(Work& work)
{
    if (const int wrong = wants_no_words(work, "list"))
        return wrong;
    bool first = true;
    if (work.call.json)
        put("[");
    const auto done = work.each([&](const qmgr::Listed& message) {
        if (work.call.json)
            put((first ? "\n" : ",\n") + as_json(message));
        else
            put(as_text(message));
        first = false;
    });
    if (work.call.json)
        put("\n]\n");
    return done ? EX_OK : fail_temporarily(done.error());
}

int count(Work& work)
{
    if (const int wrong = wants_no_words(work, "count"))
        return wrong;
    std::uint64_t messages = 0;
    // Known without a look at each message.
    if (work.filter.is_empty())
        if (const auto numbers = work.queue.numbers(false))
            return put(work.call.json ? "{\"messages\":" + std::to_string(numbers->messages) + "}\n"
                                      : std::to_string(numbers->messages) + "\n"),
                   EX_OK;
    if (auto done = work.each([&](const qmgr::Listed&) { ++messages; }); !done)
        return fail_temporarily(done.error());
    const auto number = std::to_string(messages);
    put(work.call.json ? "{\"messages\":" + number + "}\n" : number + "\n");
    return EX_OK;
}

int shape(Work& work)
{
    Shape shape{work.take_flag("--by-sender")};
    if (const int wrong = wants_no_words(work, "shape"))
        return wrong;
    if (auto done = work.each([&](const qmgr::Listed& message) { shape.add(message, work.now); }); !done)
        return fail_temporarily(done.error());
    put(work.call.json ? shape.json() : shape.text());
    return EX_OK;
}

int show(Work& work)
{
    if (work.words.size() != 1)
        return fail(EX_USAGE, "queue show wants one message id");
    const auto shown = work.queue.show(work.words[0], false);
    if (!shown)
        return fail_temporarily(shown.error());
    put(work.call.json ? as_json(shown->listed) + "\n"
                       : as_text(shown->listed) + "\n" + spool::envelope_to_text(shown->envelope));
    return EX_OK;
}

// The message as it is on the spool: CRLF lines.
int cat(Work& work)
{
    if (work.words.size() != 1)
        return fail(EX_USAGE, "queue cat wants one message id");
    const auto shown = work.queue.show(work.words[0], true);
    if (!shown)
        return fail_temporarily(shown.error());
    put(shown->headers);
    put("\r\n");
    put(shown->body);
    std::string piece(piece_size, '\0');
    for (off_t at = 0; shown->large;) {
        const auto got = ::pread(shown->large.get(), piece.data(), piece.size(), at);
        if (got <= 0)
            break;
        put(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += got;
    }
    return EX_OK;
}

// The lines of one message that have the text in them, in any case.
bool grep_message(const Work& work, const std::string& id, std::string_view text, const Shown& shown, bool& first)
{
    const auto content = shown.headers + "\r\n" + whole_body(shown);
    const auto wanted = lower(text);
    bool found = false;
    for (const auto line : split(content, '\n')) {
        if (lower(line).find(wanted) == std::string::npos)
            continue;
        const auto shown_line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        if (work.call.json)
            put(std::string(std::exchange(first, false) ? "\n" : ",\n") + "{\"id\":" + json_quoted(id) +
                ",\"line\":" + json_quoted(shown_line) + "}");
        else
            put(id + ": " + escape(shown_line, true) + "\n");
        found = true;
    }
    return found;
}

// As grep has it: 0 found, 1 not found.
int grep(Work& work)
{
    if (work.words.size() != 1 || work.words[0].empty())
        return fail(EX_USAGE, "queue grep wants one text");
    const auto ids = work.ids();
    if (!ids)
        return fail_temporarily(ids.error());
    bool found = false, first = true;
    if (work.call.json)
        put("[");
    for (const auto& id : *ids)
        if (const auto shown = work.queue.show(id, true)) // what is gone meanwhile has no lines
            found |= grep_message(work, id, work.words[0], *shown, first);
    if (work.call.json)
        put("\n]\n");
    return found ? EX_OK : 1;
}

// --- files ---

int export_messages(Work& work)
{
    const bool exim = work.take_flag("--exim");
    if (work.words.empty())
        return fail(EX_USAGE, "queue export wants a directory");
    const std::string directory = work.words.front();
    std::vector<std::string> ids{work.words.begin() + 1, work.words.end()};
    if (!ids.empty() && !work.filter.is_empty())
        return fail(EX_USAGE, "message ids and a filter do not go together");
    if (ids.empty()) {
        auto all = work.ids();
        if (!all)
            return fail_temporarily(all.error());
        ids = std::move(*all);
    }
    for (const auto& id : ids)
        if (auto done = export_message(work.queue, id, directory, exim); !done)
            return fail(EX_DATAERR, id + ": " + done.error().text);
    return EX_OK;
}

// A spool has one writer: where a suite runs, that is the suite.
Result<std::unique_ptr<Importer>> importer_for(const Invocation& call, const Instance& instance)
{
    if (!instance.master())
        return Importer::open(instance.path() + "/spool");
    return Importer::through(TRY(find_queue(call)));
}

int import_messages(const Invocation& call, const std::vector<std::string>& words)
{
    if (call.json)
        return fail(EX_USAGE, "queue import has no --json");
    if (words.empty())
        return fail(EX_USAGE, "queue import wants directories, .envelope files or Exim's -H files");
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_UNAVAILABLE, instance.error().text);
    auto importer = importer_for(call, *instance);
    if (!importer)
        return fail(EX_UNAVAILABLE, importer.error().text + " (the suite makes its directories when it starts first)");
    int status = EX_OK;
    for (const auto& word : words) {
        const auto paths = find_exported(word);
        if (!paths)
            return fail(EX_NOINPUT, paths.error().text);
        for (const auto& path : *paths) {
            auto message = read_exported(path);
            if (!message) {
                status = fail(EX_DATAERR, message.error().text);
                continue;
            }
            for (const auto& note : message->notes)
                fail(EX_OK, path + ": " + note);
            auto done = (*importer)->add(std::move(*message));
            if (done)
                put("imported " + *done + "\n");
            else
                status = fail(EX_DATAERR, path + ": " + done.error().text);
        }
    }
    return status;
}

// --- orders ---

int report(const Work& work, const qmgr::OperateReply& reply)
{
    std::string json = "{\"failed\":" + std::to_string(reply.failed) + ",\"lines\":[";
    for (const auto& line : reply.lines) {
        if (!work.call.json)
            put(escape(line, true) + "\n");
        json += (json.ends_with('[') ? "" : ",") + json_quoted(line);
    }
    if (work.call.json)
        put(json + "]}\n");
    return reply.failed ? 1 : EX_OK;
}

// On the ids that are named, or on those that the filter finds; on all of them only when that is said.
int order(Work& work, const std::string& what, const std::vector<std::string>& arguments)
{
    std::vector<std::string> ids = work.words;
    if (!ids.empty() && !work.filter.is_empty())
        return fail(EX_USAGE, "message ids and a filter do not go together");
    if (ids.empty()) {
        if (work.filter.is_empty())
            return fail(EX_USAGE, "name message ids, or a filter, or --all");
        auto found = work.ids();
        if (!found)
            return fail_temporarily(found.error());
        ids = std::move(*found);
    }
    qmgr::OperateReply all;
    for (std::size_t at = 0; at < ids.size(); at += orders_at_once) {
        qmgr::Operate question{.order = what, .arguments = arguments};
        question.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(at),
                            ids.begin() + static_cast<std::ptrdiff_t>(std::min(at + orders_at_once, ids.size())));
        auto reply = work.queue.operate(question);
        if (!reply)
            return fail_temporarily(reply.error());
        all.failed += reply->failed;
        all.lines.insert(all.lines.end(), reply->lines.begin(), reply->lines.end());
    }
    return report(work, all);
}

template <const char* Order>
int plain_order(Work& work)
{
    return order(work, Order, {});
}

constexpr char hold[] = "hold", release[] = "release", retry[] = "retry", remove[] = "remove", bounce[] = "give_up";

// The first word is the named queue; "" or - is the unnamed one.
int move(Work& work)
{
    if (work.words.empty())
        return fail(EX_USAGE, "queue move wants the name of a queue; - is the default one");
    const std::string to = work.words.front() == "-" ? std::string{} : work.words.front();
    work.words.erase(work.words.begin());
    return order(work, "set_queue", {to});
}

struct Edit {
    std::string_view flag, order;
};
constexpr Edit edits[] = {{"--add-recipient", "add_recipient"},
                          {"--done-recipient", "mark_delivered"},
                          {"--set-sender", "edit_sender"}};

int edit(Work& work)
{
    std::vector<std::pair<std::string, std::string>> wanted; // order and address
    for (std::size_t i = 0; i < work.words.size();) {
        const auto known = std::ranges::find(edits, work.words[i], &Edit::flag);
        if (known == std::end(edits)) {
            ++i;
            continue;
        }
        if (i + 1 == work.words.size())
            return fail(EX_USAGE, work.words[i] + " needs an address");
        wanted.emplace_back(known->order, work.words[i + 1]);
        const auto at = work.words.begin() + static_cast<std::ptrdiff_t>(i);
        work.words.erase(at, at + 2);
    }
    if (wanted.empty())
        return fail(EX_USAGE, "queue edit wants --add-recipient, --done-recipient or --set-sender, each with an address");
    int status = EX_OK;
    for (const auto& [what, address] : wanted)
        status = std::max(status, order(work, what, {address}));
    return status;
}

int forget(Work& work)
{
    if (work.words.empty())
        return fail(EX_USAGE, "queue forget wants hosts, their addresses, domains or mail addresses");
    auto reply = work.queue.operate({.order = "forget", .ids = {}, .arguments = work.words});
    if (!reply)
        return fail_temporarily(reply.error());
    return report(work, *reply);
}

struct Subcommand {
    std::string_view name;
    int (*run)(Work& work);
    bool has_filter = true, has_json = true;
};
const Subcommand subcommands[] = {
    {"list", list},
    {"count", count},
    {"show", show, false},
    {"cat", cat, false, false},
    {"grep", grep},
    {"shape", shape},
    {"export", export_messages, true, false},
    {"hold", plain_order<hold>},
    {"release", plain_order<release>},
    {"retry", plain_order<retry>},
    {"remove", plain_order<remove>},
    {"bounce", plain_order<bounce>},
    {"move", move},
    {"edit", edit},
    {"forget", forget, false},
};

int run(const Invocation& call)
{
    const std::string what = call.arguments.empty() ? "list" : call.arguments[0];
    std::vector<std::string> words;
    if (!call.arguments.empty())
        words.assign(call.arguments.begin() + 1, call.arguments.end());
    if (what == "import")
        return import_messages(call, words);
    const auto known = std::ranges::find(subcommands, what, &Subcommand::name);
    if (known == std::end(subcommands))
        return fail(EX_USAGE, "queue " + escape(what) + ": not one of list, count, show, cat, grep, shape, export, import, "
                                                        "hold, release, retry, remove, bounce, move, edit, forget");
    auto filter = Filter::take(words);
    if (!filter)
        return fail(EX_USAGE, "queue " + what + ": " + filter.error().text);
    if (!known->has_filter && !filter->is_empty())
        return fail(EX_USAGE, "queue " + what + " takes no filter");
    if (!known->has_json && call.json)
        return fail(EX_USAGE, "queue " + what + " has no --json");
    auto queue = find_queue(call);
    if (!queue)
        return fail(EX_UNAVAILABLE, queue.error().text);
    Work work{.call = call, .queue = **queue, .filter = std::move(*filter), .words = std::move(words)};
    return known->run(work);
}

const RegisterVerb self{{
    .name = "queue",
    .usage = "queue list|count|shape [FILTER] [--json], show ID, cat ID, grep TEXT [FILTER], export DIRECTORY [--exim] "
             "[ID...], import PATH..., hold|release|retry|remove|bounce ID...|FILTER, move QUEUE ID...|FILTER, edit "
             "[--add-recipient A] [--done-recipient A] [--set-sender A] ID...|FILTER, forget HOST|DOMAIN|ADDRESS...",
    .text = "The messages that wait. FILTER: --older 2h --younger 10m --larger 1M --smaller 10K --sender TEXT "
            "--recipient TEXT --host NAME --state new|waiting|deferred|active|frozen --frozen --queue NAME --all.",
    .run = run,
}};

}
}
