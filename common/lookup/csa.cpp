#include "common/lookup/csa.h"

namespace gp::lookup {
namespace {

CsaHabits habits;

}

void look_for_csa(const CsaHabits& how)
{
    habits = how;
}

const CsaHabits& csa_habits()
{
    return habits;
}

}
