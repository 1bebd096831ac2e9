// Every command and condition that the program was linked with; taken once, in main().
#pragma once

#include "common/filter/command.h"
#include "common/filter/condition.h"

namespace gp::filter {

struct Words {
    Registry<Command> commands;
    Registry<Condition> conditions;
    Registry<Comparison> comparisons;

    static Words linked()
    {
        return {Registry<Command>::linked(), Registry<Condition>::linked(), Registry<Comparison>::linked()};
    }
};

}
