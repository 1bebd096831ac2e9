#include "cleanup/pipeline.h"

#include <array>

#include "cleanup/stages/stages.h"

namespace gp::cleanup {
namespace {

constexpr std::array order = {
    Stage{"recipients", extract_recipients}, // Received: names a single one
    Stage{"trace", check_trace},
    Stage{"delivery headers", remove_delivery_headers},
    Stage{"missing headers", complete_headers},
    Stage{"qualify", qualify_headers},
    Stage{"rewriting", rewrite_addresses},
    Stage{"early headers", edit_early_headers},
    Stage{"discarded", end_discarded},
    Stage{"signatures", verify_signatures},
    Stage{"mime", check_mime},
    Stage{"prdr", judge_recipients},
    Stage{"policy", ask_policy},
    Stage{"edit headers", edit_headers},
    Stage{"milters", ask_milters},
    Stage{"envelope", finish_envelope},
};

}

std::span<const Stage> stages()
{
    return order;
}

void run_header_stages(Work& work)
{
    for (const auto run : {extract_recipients, remove_delivery_headers, complete_headers, qualify_headers, rewrite_addresses})
        if (run(work))
            return;
}

void complete_for_sender(Work& work)
{
    for (const auto run : {remove_delivery_headers, complete_headers, qualify_headers, rewrite_addresses})
        if (run(work))
            return;
}

Ended run_stages(Work& work)
{
    Ended ended;
    for (const auto& stage : order)
        if ((ended = stage.run(work)))
            break;
    forget_decoded_files(work);
    return ended;
}

}
