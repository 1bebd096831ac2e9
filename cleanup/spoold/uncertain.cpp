#include "cleanup/spoold/uncertain.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::spoold {
namespace {

std::string line_of(const spool::Key& id, const std::vector<std::string>& children, std::string_view who)
{
    return id.str() + " may be delivered twice: " + std::string(who) + " while finishing " + escape(join(children, " "));
}

}

// What the log service could not be brought to write is said as any other line is, and mail goes on.
void Uncertain::write(const std::string& line)
{
    if (!write_)
        return log::main(line);
    if (const auto written = write_(line); !written) {
        log::main(line);
        log::warning("the line before this one is perhaps not in the log: " + written.error().text);
    }
}

void Uncertain::name_now(const spool::Key& id, const std::vector<std::string>& children, std::string_view who)
{
    write(line_of(id, children, who));
}

void Uncertain::name(const spool::Key& id, const std::vector<std::string>& children, std::string_view who,
                     std::function<void()> then)
{
    const auto line = line_of(id, children, who);
    if (!write_) {
        log::main(line);
        return then();
    }
    ++naming_[id];
    const std::function<void()> named = [this, id, then = std::move(then)] {
        if (const auto at = naming_.find(id); --at->second == 0)
            naming_.erase(at);
        then();
    };
    const auto begun = event::Loop::current().spawn("naming", [this, line, named = named] {
        write(line);
        named();
    });
    if (begun)
        return;
    log::main(line);
    named();
}

}
