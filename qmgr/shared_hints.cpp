#include "qmgr/shared_hints.h"

namespace gp::qmgr {

Result<HintsPage> HintsHost::answer(const ReadHints& question, ipc::Channel&)
{
    HintsPage page;
    for (auto& [key, value] : book_.page(question.after, ReadHints::most_at_once))
        page.hints.push_back({std::move(key), std::move(value)});
    page.more = page.hints.size() == ReadHints::most_at_once;
    return page;
}

void HintsHost::notice(const KeepHint& told, ipc::Channel&)
{
    book_.put(told.hint.key, told.hint.value);
}

gp::Status share_hints(RetryBook& book, ipc::Link& host, event::Deadline until)
{
    ReadHints question;
    for (bool more = true; more;) {
        auto page = TRY(host.call(question, until));
        for (const auto& hint : page.hints)
            book.put(hint.key, hint.value);
        more = page.more && !page.hints.empty();
        if (more)
            question.after = page.hints.back().key;
    }
    book.on_change = [&host](const std::string& key, const std::string& value) {
        if (const auto channel = host.best())
            channel->send(KeepHint{{key, value}});
    };
    return {};
}

}
