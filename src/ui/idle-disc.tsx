import { useId } from 'react'

// A phenakistiscope, the zoetrope's older sister: turned by one picture at a time, its balls bounce in place.

const PICTURES = 10
const CENTRE = 100
const pictures = Array.from({ length: PICTURES }, (_, i) => i)

/** 0 at the bottom of the bounce, 1 at the top: one bounce a turn. */
function heightOf(picture: number): number {
  return Math.sin((Math.PI * picture) / PICTURES)
}

export function IdleDisc({ isTurning = true }: { isTurning?: boolean }) {
  const slits = useId()
  return (
    <svg className="disc" data-turning={isTurning} viewBox="0 0 200 200" aria-hidden="true">
      <mask id={slits}>
        <circle cx={CENTRE} cy={CENTRE} r="98" fill="#fff" />
        <circle cx={CENTRE} cy={CENTRE} r="5.5" fill="#000" />
        {pictures.map((picture) => (
          <rect
            key={picture}
            x={CENTRE - 4}
            y="-6"
            width="8"
            height="31"
            rx="4"
            transform={`rotate(${((picture + 0.5) * 360) / PICTURES} ${CENTRE} ${CENTRE})`}
            fill="#000"
          />
        ))}
      </mask>
      <circle className="disc-face" cx={CENTRE} cy={CENTRE} r="98" mask={`url(#${slits})`} />
      <g className="disc-turn">
        {pictures.map((picture) => (
          <circle
            key={picture}
            className="disc-ball"
            cx={CENTRE}
            cy={CENTRE - 34 - 29 * heightOf(picture)}
            r={6 + 6 * heightOf(picture)}
            transform={`rotate(${(picture * 360) / PICTURES} ${CENTRE} ${CENTRE})`}
          />
        ))}
      </g>
    </svg>
  )
}
