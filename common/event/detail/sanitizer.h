// Tells the address sanitizer which stack runs; nothing in an ordinary build.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define GATEPOST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GATEPOST_ASAN 1
#endif
#endif

#ifdef GATEPOST_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace gp::event {

#ifdef GATEPOST_ASAN
// Its frames are larger by the red zones around each variable.
inline constexpr std::size_t stack_factor = 4;
inline void announce_leaving(void** keep, const void* bottom, std::size_t size)
{
    __sanitizer_start_switch_fiber(keep, bottom, size);
}
inline void announce_arrival(void* kept, const void** bottom, std::size_t* size)
{
    __sanitizer_finish_switch_fiber(kept, bottom, size);
}
#else
inline constexpr std::size_t stack_factor = 1;
inline void announce_leaving(void**, const void*, std::size_t) {}
inline void announce_arrival(void*, const void**, std::size_t*) {}
#endif

}
