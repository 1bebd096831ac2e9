#include "common/match/match.h"

namespace gp::match {

std::string_view kind_name(Kind kind)
{
    switch (kind) {
    case Kind::domain:
        return "domain";
    case Kind::host:
        return "host";
    case Kind::address:
        return "address";
    case Kind::local_part:
        return "local part";
    }
    return {};
}

const NamedListTable& NamedLists::of(Kind kind) const
{
    return const_cast<NamedLists&>(*this).of(kind);
}

NamedListTable& NamedLists::of(Kind kind)
{
    switch (kind) {
    case Kind::domain:
        return domains;
    case Kind::host:
        return hosts;
    case Kind::address:
        return addresses;
    case Kind::local_part:
        break;
    }
    return local_parts;
}

namespace {

std::string key_of(Kind kind, std::string_view list, std::string_view subject)
{
    std::string out;
    out.reserve(list.size() + subject.size() + 2);
    out += static_cast<char>('0' + static_cast<int>(kind));
    out += list;
    out += '\n'; // in no list's name
    out += subject;
    return out;
}

}

const Match* Remembered::find(Kind kind, std::string_view list, std::string_view subject) const
{
    const auto at = answers_.find(key_of(kind, list, subject));
    return at == answers_.end() ? nullptr : &at->second;
}

void Remembered::keep(Kind kind, std::string_view list, std::string_view subject, const Match& match)
{
    if (answers_.size() >= most_answers)
        answers_.clear();
    answers_.insert_or_assign(key_of(kind, list, subject), match);
}

}
