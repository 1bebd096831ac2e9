#include "master/sendmail/coverage.h"

namespace gp::sendmail {

Page coverage()
{
    Page page;
    const auto sections = Registry<CoverageSection>::linked();
    for (const auto& section : sections.all())
        section.write(page);
    return page;
}

}
