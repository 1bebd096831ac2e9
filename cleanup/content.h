// The body of a message for a question to scan: within the frame while it is small, else as a file in memory.
#pragma once

#include "cleanup/letter.h"
#include "cleanup/work.h"

namespace gp::cleanup {

Result<ipc::Fd> body_in_file(const Work& work); // none when the body is small enough for a frame

template <class Question>
Status put_body(const Work& work, Question& question)
{
    question.large = TRY(body_in_file(work));
    question.body_size = work.body_size;
    if (!question.large)
        question.body = work.letter->body();
    return {};
}

}
