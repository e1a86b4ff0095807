import {
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { useLocation } from 'wouter';
import { markAtKey, marksIn, nearestMark, TIP_ATTRIBUTE, type Mark } from './marks.ts';

/** Reach of a pointer around a mark, in CSS pixels. */
const REACH = { mouse: 16, pen: 16, touch: 28 };
/** Below this distance from the top there is no room above a mark. */
const ROOM_ABOVE = 96;

interface Shown {
  readonly mark: Mark;
  readonly lines: readonly string[];
  /** The link of the mark, if it has one. */
  readonly href: string | null;
  readonly isTouched: boolean;
}

/**
 * Marks with one tooltip for all of them: at the pointer, at a touch, and at the focus, which the
 * arrow keys move. A mark is any element below with the attribute `data-tip`; a link among them
 * opens its page on a click, on Enter, and on a second touch.
 */
export function Tooltips({
  label,
  className,
  children,
}: {
  /** Describes the marks for screen readers. */
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  // measured once per visit of the pointer, as there can be thousands
  const measured = useRef<readonly Mark[] | null>(null);
  const isSecondTouch = useRef(false);
  const [shown, setShown] = useState<Shown | null>(null);
  const [, navigate] = useLocation();

  const marks = () => {
    measured.current ??= container.current === null ? [] : marksIn(container.current);
    return measured.current;
  };
  const hide = () => {
    measured.current = null;
    setShown(null);
  };
  const show = (mark: Mark | undefined, isTouched: boolean) =>
    setShown(mark === undefined ? null : describe(mark, isTouched));
  const point = ({ clientX, clientY, pointerType }: PointerEvent) => {
    const origin = container.current?.getBoundingClientRect();
    const reach = pointerType === 'touch' ? REACH.touch : REACH.mouse;
    const all = marks();
    const found =
      all[nearestMark(all, clientX - (origin?.left ?? 0), clientY - (origin?.top ?? 0), reach)];
    if (found?.element !== shown?.mark.element) show(found, pointerType === 'touch');
    return found;
  };
  const press = (event: PointerEvent) => {
    const before = shown?.mark.element;
    const found = point(event);
    isSecondTouch.current = event.pointerType !== 'touch' || found?.element === before;
  };
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const control = (event.target as Element).closest('a, button');
    // other controls between the marks work by themselves
    if (control !== null && !control.hasAttribute(TIP_ATTRIBUTE)) return;
    // a click by keyboard has no pointer before it
    const isKey = event.detail === 0;
    const href = isKey ? control && hrefOf(control) : shown?.href;
    if (href === null || href === undefined) return;
    event.preventDefault();
    if (isKey || isSecondTouch.current) navigate(href);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return hide();
    measured.current = null;
    const all = marks();
    const next = markAtKey(
      all,
      all.findIndex(({ element }) => element === event.target),
      event.key,
    );
    if (next === undefined) return undefined;
    event.preventDefault();
    return all[next]?.element.focus();
  };
  return (
    <div
      ref={container}
      role="group"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move from value to value.`}
      className={['tooltips', className].filter(Boolean).join(' ')}
      onPointerDown={press}
      onPointerMove={point}
      onPointerLeave={({ pointerType }) => pointerType === 'touch' || hide()}
      onClick={open}
      onKeyDown={move}
      onFocus={({ target }) => {
        measured.current = null;
        // a touch has shown it already
        if (target !== container.current && target !== shown?.mark.element)
          show(
            marks().find(({ element }) => element === target),
            false,
          );
      }}
      onBlur={hide}
    >
      {children}
      {shown === null ? null : <Tip shown={shown} width={container.current?.clientWidth ?? 0} />}
    </div>
  );
}

function describe(mark: Mark, isTouched: boolean): Shown {
  const lines = (mark.element.getAttribute(TIP_ATTRIBUTE) ?? '').split('\n');
  return { mark, lines, href: hrefOf(mark.element), isTouched };
}

/** The path of the link that an element is; SVG links of Plot have it in another namespace. */
function hrefOf(element: Element): string | null {
  const link = element.closest('a');
  return (
    link?.getAttribute('href') ??
    link?.getAttributeNS('http://www.w3.org/1999/xlink', 'href') ??
    null
  );
}

/** Half of the greatest width of a tooltip, in CSS pixels; see the style sheet. */
const HALF_WIDTH = 120;

function Tip({ shown, width }: { readonly shown: Shown; readonly width: number }): ReactNode {
  const { mark, lines, href, isTouched } = shown;
  const centre = (mark.left + mark.right) / 2;
  const x = Math.min(Math.max(centre, HALF_WIDTH), Math.max(width - HALF_WIDTH, HALF_WIDTH));
  const isBelow = mark.top < ROOM_ABOVE;
  return (
    <>
      <span
        className="tip-mark"
        style={{
          left: mark.left,
          top: mark.top,
          width: mark.right - mark.left,
          height: mark.bottom - mark.top,
        }}
      />
      {/* the focused mark itself has the text as its label */}
      <div
        aria-hidden="true"
        className={isBelow ? 'tip below' : 'tip'}
        style={{ left: x, top: isBelow ? mark.bottom : mark.top }}
      >
        {lines.map((line, index) => (
          <p key={index}>{line}</p>
        ))}
        {isTouched && href !== null ? <p>Tap again to open</p> : null}
      </div>
    </>
  );
}
