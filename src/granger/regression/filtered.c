/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Sums of products of filtered series, stretch by stretch. */
#include "regression/filtered.h"

#include "causeway/internal/core/blas.h"
#include "causeway/log.h"

/* Samples of a stretch, as in products.c. */
enum { STRETCH = 2048 };

PetscErrorCode FilteredPanelCreate(const Regression *r, PanelPlan *plan, int64_t gathered,
                                   int64_t filtered, FilteredPanel *f)
{
  const int64_t n = plan->n_panel;

  PetscFunctionBegin;
  *f = (FilteredPanel){.n_panel = n};
  PetscCall(PetscMalloc5(n * (r->reach + gathered), &f->raw, r->reach + filtered, &f->line,
                         n * (r->p + 1), &f->means, n * filtered, &f->present, n * r->p * filtered,
                         &f->terms));
  PetscCall(PetscArrayzero(f->means, n * (r->p + 1)));
  PetscFunctionReturn(0);
}

PetscErrorCode FilteredPanelFree(FilteredPanel *f)
{
  PetscFunctionBegin;
  PetscCall(PetscFree5(f->raw, f->line, f->means, f->present, f->terms));
  PetscFunctionReturn(0);
}

PetscErrorCode FilteredPanelMeans(const Regression *r, PanelPlan *plan, const double *means,
                                  FilteredPanel *f)
{
  PetscFunctionBegin;
  PetscCall(PanelGather(plan, means, r->p + 1, 0, r->p + 1, NULL, f->means));
  PetscFunctionReturn(0);
}

/* Less the mean at rows, zero elsewhere; from sample `start` on. */
static void take_rows(const Regression *r, int64_t start, int64_t count, double mean,
                      double *values)
{
  for (int64_t t = 0; t < count; t++) {
    const int64_t sample = start + t;
    const PetscBool is_row =
        sample >= r->reach && sample < r->n_samples && r->position[sample] >= r->reach;

    values[t] = is_row ? values[t] - mean : 0.0;
  }
}

/* line[t] = sample start - reach + t, zero where it is not among the `known` samples from sample `from` on */
static void fill_line(const Regression *r, int64_t from, int64_t known, const double *raw,
                      int64_t start, int64_t count, double *line)
{
  for (int64_t t = 0; t < r->reach + count; t++) {
    const int64_t at = start - r->reach + t - from;

    line[t] = at >= 0 && at < known ? raw[at] : 0.0;
  }
}

PetscErrorCode FilteredPanelFill(const Regression *r, PanelPlan *plan, Activity activity,
                                 int64_t start, int64_t length, int64_t first, int64_t count,
                                 FilteredPanel *f)
{
  const int64_t from = PetscMax(0, start - r->reach);
  const int64_t known = PetscMin(start + length, r->n_samples) - from;

  PetscFunctionBegin;
  PetscCall(LogEventStart(EVENT_GRANGER_GATHER));
  PetscCall(PanelGather(plan, ActivityValues(activity), r->n_samples, from, known, NULL, f->raw));
  PetscCall(LogEventStop(EVENT_GRANGER_GATHER));
  for (int64_t i = 0; i < f->n_panel; i++) {
    const double *means = f->means + i * (r->p + 1);
    double *present = f->present + i * count, *terms = f->terms + i * r->p * count;

    fill_line(r, from, known, f->raw + i * known, start + first, count, f->line);
    FiltersApply(&r->filters, 0, 1, count, f->line, present);
    take_rows(r, start + first, count, means[0], present);
    FiltersApply(&r->filters, 1, r->p, count, f->line, terms);
    for (int64_t k = 0; k < r->p; k++) {
      take_rows(r, start + first, count, means[k + 1], terms + k * count);
    }
  }
  PetscFunctionReturn(0);
}

/* gram += X'X; on one rank both sides are the same */
static void add_gram(Regression *r, int64_t length, const FilteredPanel *rows,
                     const FilteredPanel *columns)
{
  const int m = (int)(rows->n_panel * r->p), n = (int)(columns->n_panel * r->p);

  if (rows == columns) {
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, m, (int)length, 1.0, rows->terms,
                (int)length, 1.0, r->gram.values, r->gram.leading);
  } else {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, (int)length, 1.0, rows->terms,
                (int)length, columns->terms, (int)length, 1.0, r->gram.values, r->gram.leading);
  }
}

static PetscErrorCode add_stretch(Regression *r, int64_t length, const FilteredPanel *rows,
                                  const FilteredPanel *columns)
{
  const int m = (int)rows->n_panel, n = (int)columns->n_panel;
  const double p = (double)r->p, pairs = (double)m * n;

  PetscFunctionBegin;
  if (m == 0 || n == 0) {
    PetscFunctionReturn(0);
  }
  for (int64_t k = 0; k <= r->p; k++) {
    const double *series = k ? columns->terms + (k - 1) * length : columns->present;
    const int leading = (int)(k ? r->p * length : length);

    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, (int)length, 1.0, rows->present,
                (int)length, series, leading, 1.0, r->products[k].values, r->products[k].leading);
  }
  add_gram(r, length, rows, columns);
  PetscCall(RegressionFlops(r, ((rows == columns ? 1.0 : 2.0) * p * p + 2.0 * (p + 1.0)) * pairs *
                                   (double)length));
  PetscFunctionReturn(0);
}

PetscErrorCode FilteredProducts(Regression *r, Activity activity, const double *means,
                                PanelPlan plans[2])
{
  const PetscBool alone = r->grid.rows * r->grid.columns == 1 ? PETSC_TRUE : PETSC_FALSE;
  FilteredPanel panels[2] = {{0}, {0}}, *columns = &panels[alone ? 0 : 1];
  Progress progress;

  PetscFunctionBegin;
  PetscCall(FilteredPanelCreate(r, &plans[0], STRETCH, STRETCH, &panels[0]));
  PetscCall(FilteredPanelMeans(r, &plans[0], means, &panels[0]));
  if (!alone) {
    PetscCall(FilteredPanelCreate(r, &plans[1], STRETCH, STRETCH, &panels[1]));
    PetscCall(FilteredPanelMeans(r, &plans[1], means, &panels[1]));
  }
  ProgressBegin(&progress, "granger", "samples", r->n_rows);
  while (r->next_sample < r->n_samples) {
    const int64_t start = r->next_sample, length = PetscMin(STRETCH, r->n_samples - start);

    PetscCall(FilteredPanelFill(r, &plans[0], activity, start, length, 0, length, &panels[0]));
    if (!alone) {
      PetscCall(FilteredPanelFill(r, &plans[1], activity, start, length, 0, length, &panels[1]));
    }
    PetscCall(LogEventStart(EVENT_GRANGER_PRODUCTS));
    PetscCall(add_stretch(r, length, &panels[0], columns));
    PetscCall(LogEventStop(EVENT_GRANGER_PRODUCTS));
    r->next_sample += length;
    PetscCall(r->granger->quiet ? 0 : ProgressUpdate(&progress, r->next_sample - r->reach));
    PetscCall(CheckpointOffer(r->granger->checkpoint));
  }
  PetscCall(ProgressEnd(&progress));
  PetscCall(FilteredPanelFree(&panels[0]));
  PetscCall(FilteredPanelFree(&panels[1]));
  PetscCall(CheckpointMilestone(r->granger->checkpoint));
  PetscFunctionReturn(0);
}
