// The body of a message that a question brings: within its frame, or as a file in memory.
#pragma once

#include <string>
#include <string_view>

#include "common/base/octets.h"
#include "common/base/result.h"

namespace gp::scan {

// `room` keeps it.
template <class Question>
Result<std::string_view> body_of(const Question& question, std::string& room)
{
    if (!question.large)
        return std::string_view(question.body);
    room.resize(question.body_size);
    if (TRY(read_at(question.large.get(), room.data(), room.size(), 0)) != room.size())
        return temporary("the copy of the message is shorter than it should be");
    return std::string_view(room);
}

}
